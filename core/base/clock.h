// The wall clock as the store and the API keep it.
#ifndef SEEKD_CORE_BASE_CLOCK_H_
#define SEEKD_CORE_BASE_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace seekd {

// Microseconds since 1970.
inline int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_CLOCK_H_
