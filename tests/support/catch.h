// Catch2 2 or 3, with every macro prefixed by CATCH_: torch's headers define a
// fatal CHECK of their own.
#ifndef SEEKD_TESTS_SUPPORT_CATCH_H_
#define SEEKD_TESTS_SUPPORT_CATCH_H_

#define CATCH_CONFIG_PREFIX_ALL
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#endif  // SEEKD_TESTS_SUPPORT_CATCH_H_
