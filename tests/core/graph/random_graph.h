#ifndef SEEKD_TESTS_CORE_GRAPH_RANDOM_GRAPH_H_
#define SEEKD_TESTS_CORE_GRAPH_RANDOM_GRAPH_H_

#include <cstdint>
#include <random>
#include <set>

#include "core/graph/adjacency.h"

namespace seekd::testing {

// Lists of 0 to `max_degree` random neighbours, in no order.
inline Adjacency RandomGraph(uint32_t nodes, uint32_t max_degree, uint64_t seed) {
  std::mt19937_64 random(seed);
  Adjacency graph;
  graph.lists.resize(nodes);
  for (uint32_t node = 0; node < nodes; ++node) {
    std::set<uint32_t> seen = {node};
    for (uint64_t i = random() % (max_degree + 1); i > 0; --i) {
      const auto id = static_cast<uint32_t>(random() % nodes);
      if (seen.insert(id).second) graph.lists[node].push_back(id);
    }
  }
  const uint32_t entries = nodes < 5 ? nodes : 5;
  for (uint32_t i = 0; i < entries; ++i) graph.entry_points.emplace_back(nodes - 1 - i);
  return graph;
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_CORE_GRAPH_RANDOM_GRAPH_H_
