// How often a property test tries: fewer times under a sanitizer, where each takes ten to fifty
// times as long.
#ifndef SEEKD_TESTS_SUPPORT_ROUNDS_H_
#define SEEKD_TESTS_SUPPORT_ROUNDS_H_

#include <algorithm>

namespace seekd::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// `rounds`, or a third of them.
constexpr int Rounds(int rounds) { return kSanitized ? std::max(rounds / 3, 1) : rounds; }

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_ROUNDS_H_
