// What a search finds that recomputes a fixed number of candidates, for every number
// at once: the order in which candidates are recomputed does not depend on where
// one stops, so a single pass with a large number gives the whole curve. It is the
// yardstick of the calibrated stop rule, which decides anew for every query.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_FIXED_CURVE_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_FIXED_CURVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/search/search_index.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {

// recall[c]: share of the true top k found when each query recomputes c rows.
struct FixedCurve {
  std::vector<double> recall;

  // The smallest number that reaches `recall`; NaN when none does.
  double CostAt(double recall_wanted) const;
  double best_recall() const { return recall.empty() ? 0 : recall.back(); }
};

// found[c]: how many of the `all` right answers are the c-th row of their query.
FixedCurve CurveOf(const std::vector<uint64_t>& found, uint64_t all);

struct FixedSetting {
  Strategy strategy = Strategy::kFrugal;  // or kFlat
  uint32_t beam_width = 1000;             // candidates kept by codes
  uint32_t top_k = 3;
  uint32_t max_rows = 1000;  // where the curve ends
  float link_bonus = 0;      // graph evidence; 0: plain order of the codes

  std::string Name() const;  // "beam 1000", "scan"
};

absl::StatusOr<FixedCurve> MeasureFixed(const SearchIndex& index, const Embeddings& embeddings,
                                        const Truth& truth, const FixedSetting& setting);

// A beam of 300, 1,000 and 4,000 nodes, and a scan.
std::vector<FixedSetting> FixedSettings(uint32_t top_k, float link_bonus);

// The curve that reaches a recall with the fewest rows.
struct NamedCurve {
  std::string name;
  FixedCurve curve;
};
struct Cheapest {
  std::string name;  // "none" when no curve reaches it
  double cost = 0;   // NaN then
};
Cheapest CheapestAt(const std::vector<NamedCurve>& curves, double recall);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_FIXED_CURVE_H_
