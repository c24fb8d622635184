// How often a property test tries: fewer times under a sanitizer, where each takes ten to a hundred
// times as long.
#ifndef SEEKD_TESTS_SUPPORT_ROUNDS_H_
#define SEEKD_TESTS_SUPPORT_ROUNDS_H_

#include <algorithm>

namespace seekd::testing {

#ifdef __has_feature  // clang
#define SEEKD_HAS_FEATURE(feature) __has_feature(feature)
#else
#define SEEKD_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_THREAD__) || SEEKD_HAS_FEATURE(thread_sanitizer)
inline constexpr int kSanitizerShare = 100;
#elif defined(__SANITIZE_ADDRESS__) || SEEKD_HAS_FEATURE(address_sanitizer)
inline constexpr int kSanitizerShare = 3;
#else
inline constexpr int kSanitizerShare = 1;
#endif

#undef SEEKD_HAS_FEATURE

// `rounds`, or the sanitizer's share of them; at least one.
constexpr int Rounds(int rounds) { return std::max(rounds / kSanitizerShare, 1); }

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_ROUNDS_H_
