// Where searches of a graph begin.
#ifndef SEEKD_CORE_GRAPH_ENTRY_POINTS_H_
#define SEEKD_CORE_GRAPH_ENTRY_POINTS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/graph/adjacency.h"
#include "core/vector/vector_set.h"

namespace seekd {

inline constexpr uint32_t kMaxEntryPoints = 16;

// The one of a sample of `nodes` nearest to their mean, then random others, which
// lie where the data lies. Empty only when `nodes` is.
std::vector<uint32_t> ChooseEntryPoints(const VectorSet& vectors, std::span<const uint32_t> nodes,
                                        uint64_t seed);

// Each entry point's neighbour (or itself) with the highest degree, without
// repetition. `degrees` has one value per node.
std::vector<uint32_t> HubsNear(const Adjacency& graph, std::span<const uint32_t> degrees);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_ENTRY_POINTS_H_
