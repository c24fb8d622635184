// The smallest setting of a knob (ef, lists probed, rows re-scored) that reaches a
// recall, as the paper compares indexes: at equal recall.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_EFFORT_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_EFFORT_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/status_macros.h"

namespace seekd::bench {

template <typename F>
struct Effort {
  uint32_t value = 0;    // the knob
  F figures;             // measured with it
  bool reached = false;  // false: `most` does not suffice, and these are its figures
};

// `measure` maps an effort to absl::StatusOr<F>, F has a `recall` that grows with it. Efforts
// from `least` are doubled up to `most`, then halved in between to one part in 32.
template <typename F, typename Measure>
absl::StatusOr<Effort<F>> SmallestEffort(uint32_t least, uint32_t most, double recall,
                                         const Measure& measure) {
  uint32_t low = least;  // below the answer, once something was
  uint32_t high = least;
  ABSL_ASSIGN_OR_RETURN(F figures, measure(high));
  while (figures.recall < recall && high < most) {
    low = high;
    high = std::min(most, high * 2);
    ABSL_ASSIGN_OR_RETURN(figures, measure(high));
  }
  if (figures.recall < recall) return Effort<F>{high, std::move(figures), false};
  while (high - low > std::max(1U, high / 32)) {
    const uint32_t middle = low + (high - low) / 2;
    ABSL_ASSIGN_OR_RETURN(F between, measure(middle));
    if (between.recall < recall) {
      low = middle;
    } else {
      high = middle;
      figures = std::move(between);
    }
  }
  return Effort<F>{high, std::move(figures), true};
}

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_EFFORT_H_
