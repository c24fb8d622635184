// Hubs: the nodes of highest degree, which hold a graph together (LEANN section 4.2).
#ifndef SEEKD_CORE_GRAPH_HUBS_H_
#define SEEKD_CORE_GRAPH_HUBS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/graph/adjacency.h"

namespace seekd {

// Links of each node in either direction: out-lists are capped, so that out-degree
// alone cannot tell hubs from one another.
std::vector<uint32_t> CountDegrees(const Adjacency& graph);

// The `share` of all nodes of highest degree; of equal ones those of smaller id.
std::vector<bool> FindHubs(std::span<const uint32_t> degrees, float share);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_HUBS_H_
