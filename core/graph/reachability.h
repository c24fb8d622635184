// Makes every node of a graph reachable from its entry points.
#ifndef SEEKD_CORE_GRAPH_REACHABILITY_H_
#define SEEKD_CORE_GRAPH_REACHABILITY_H_

#include <cstdint>

#include "core/graph/adjacency.h"
#include "core/vector/pair_distances.h"

namespace seekd {

// Number of nodes that no path from an entry point leads to.
uint32_t CountUnreachable(const Adjacency& graph);

// Links each unreachable node from the nearest reachable node found that has
// fewer than `cap` links; from the nearest at all when every one found is full.
// Returns the number of links added. REQUIRES: an entry point, or no nodes.
uint32_t ConnectUnreachable(const PairDistances& distances, uint32_t cap, Adjacency* graph);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_REACHABILITY_H_
