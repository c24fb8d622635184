// Runs every query of a set through one search and says what came out: the loop
// behind each table.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_MEASURE_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_MEASURE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/search/search.h"
#include "core/search/search_index.h"
#include "core/search/search_options.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {

// The exact best scores of each query.
class Truth {
 public:
  // For every k up to `most`.
  static absl::StatusOr<Truth> Of(const Embeddings& embeddings, uint32_t most);

  // A score of query q that is no lower than this is right at k: ties are no misses.
  float Threshold(uint32_t q, uint32_t k) const;
  // How many of `scores` are right at k, at most k.
  uint32_t Right(uint32_t q, uint32_t k, std::span<const float> scores) const;

 private:
  std::vector<std::vector<float>> scores_;
};

struct Figures {
  double recall = 0;
  // A value per query.
  std::vector<double> cost;     // rows recomputed
  std::vector<double> rounds;   // encoder calls
  std::vector<double> plan_us;  // time of the search without encoding
};

// Rows a query recomputed, in order.
using FetchObserver = std::function<void(uint32_t query, std::span<const uint32_t> rows)>;

// All queries, one after the other, on the calling thread. Node i of `index` is
// embeddings.base row i.
absl::StatusOr<Figures> MeasureSearch(const SearchIndex& index, const Embeddings& embeddings,
                                      const Truth& truth, const SearchOptions& options,
                                      const FetchObserver& observer = nullptr);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_MEASURE_H_
