// The RNG rule (relative neighbourhood graph; LEANN App. A): walking candidates
// by increasing distance from v, x is dropped if a kept y has
// Dist(x, y) < Dist(v, x). It keeps one link per direction instead of many to
// one crowd. As in Vamana (Subramanya et al. 2019), y must be nearer by a margin:
// on text embeddings the bare rule leaves half the links and loses neighbours.
// Pure functions.
#ifndef SEEKD_CORE_GRAPH_NEIGHBOR_SELECTION_H_
#define SEEKD_CORE_GRAPH_NEIGHBOR_SELECTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/graph/candidate.h"
#include "core/vector/pair_distances.h"

namespace seekd {

// y hides x from v when this times the squared Dist(x, y) is below the squared
// Dist(v, x); 1 is the bare rule.
inline constexpr float kHidingMargin = 1.2F;

// At most `limit` of `candidates` (ascending, distances from v), in their order.
std::vector<uint32_t> SelectNeighbors(const PairDistances& distances,
                                      std::span<const Candidate> candidates, uint32_t limit);

// The same over plain ids, whose distances from `node` are computed first.
std::vector<uint32_t> SelectNeighbors(const PairDistances& distances, uint32_t node,
                                      std::span<const uint32_t> ids, uint32_t limit);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_NEIGHBOR_SELECTION_H_
