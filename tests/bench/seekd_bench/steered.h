// The strategies that steer by exact distances, each with its knob ef (beam_width).
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_STEERED_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_STEERED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/search/search_options.h"

namespace seekd::bench {

struct Steered {
  std::string name;
  SearchOptions options;
};

// A new strategy of this kind, with each of its other parameters, is added here.
inline std::vector<Steered> SteeredStrategies(uint32_t top_k) {
  SearchOptions exact;
  exact.strategy = Strategy::kExact;
  exact.top_k = top_k;
  exact.batch_rows = 1;  // the paper's strict order; ablate shows what batches cost
  return {{"exact", exact}};
}

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_STEERED_H_
