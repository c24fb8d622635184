// The truth of a query set, in one pass over the vectors.
#ifndef SEEKD_CORE_SEARCH_EXACT_TRUTH_H_
#define SEEKD_CORE_SEARCH_EXACT_TRUTH_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/vector/vector_set.h"

namespace seekd {

// A returned chunk is right when its score is no further below the true k-th
// score than this: ties are no misses.
inline constexpr float kScoreTieTolerance = 1e-6F;

// The k highest inner products of each query with the rows of a source, found in one
// pass over it: blocks are shown in any order, by several threads.
class TopScoresPass {
 public:
  // Row left_out[q] is not compared with query q; an empty `left_out`: every row is.
  // `queries` and what `left_out` points to must outlive this. REQUIRES: k > 0, a row left
  // out for every query or for none.
  TopScoresPass(const VectorSet& queries, std::span<const NodeId> left_out, uint32_t k,
                uint32_t threads);
  ~TopScoresPass();

  // block.row(i) is row first + i. One thread per worker. REQUIRES: worker <
  // ThreadCount(threads), equal dims.
  void Visit(uint32_t worker, uint32_t first, const VectorSet& block);

  // Of each query the scores, descending. REQUIRES: k rows or more were shown.
  std::vector<std::vector<float>> Take();

 private:
  class BestScores;

  const VectorSet& queries_;
  const std::span<const NodeId> left_out_;
  const uint32_t k_;
  std::vector<std::vector<BestScores>> best_;  // by worker, then query
};

// The same over vectors at hand. CANCELLED.
absl::StatusOr<std::vector<std::vector<float>>> TopScores(const VectorSet& vectors,
                                                          const VectorSet& queries,
                                                          std::span<const NodeId> left_out,
                                                          uint32_t k, uint32_t threads,
                                                          const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_EXACT_TRUTH_H_
