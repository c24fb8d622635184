// The strategies that steer by exact distances, each with its knob ef (beam_width).
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_STEERED_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_STEERED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/search/search_options.h"

namespace seekd::bench {

struct Steered {
  std::string name;
  SearchOptions options;
};

// `two_level` once for each re-ranking ratio. One row a round: the paper's strict order;
// ablate shows what batches cost.
inline std::vector<Steered> SteeredStrategies(uint32_t top_k) {
  SearchOptions exact;
  exact.strategy = Strategy::kExact;
  exact.top_k = top_k;
  exact.batch_rows = 1;
  std::vector<Steered> all = {{"exact", exact}};
  for (const float ratio : {0.1F, 0.2F, 0.4F}) {
    SearchOptions two_level = exact;
    two_level.strategy = Strategy::kTwoLevel;
    two_level.rerank_ratio = ratio;
    all.push_back({absl::StrFormat("two_level, ratio %g", ratio), two_level});
  }
  return all;
}

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_STEERED_H_
