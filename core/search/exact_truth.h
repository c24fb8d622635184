// The truth of a query set over vectors at hand, in one pass over the vectors.
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

// The k highest inner products, descending, of each query q with the rows of
// `vectors`; row left_out[q] does not count, nor does an empty `left_out`. CANCELLED.
// REQUIRES: 0 < k <= rows that count, equal dims, a row left out for every query or
// for none.
absl::StatusOr<std::vector<std::vector<float>>> TopScores(const VectorSet& vectors,
                                                          const VectorSet& queries,
                                                          std::span<const NodeId> left_out,
                                                          uint32_t k, uint32_t threads,
                                                          const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_EXACT_TRUTH_H_
