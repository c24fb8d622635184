// Recall of a graph under best-first search with exact distances.
#ifndef SEEKD_TESTS_CORE_GRAPH_EXACT_SEARCH_H_
#define SEEKD_TESTS_CORE_GRAPH_EXACT_SEARCH_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/graph/adjacency.h"
#include "core/graph/beam_search.h"
#include "core/vector/distance.h"

namespace seekd::testing {

// Recall@3 over `queries`; ties with the true third count as right.
inline double RecallAt3(const VectorSet& vectors, const VectorSet& queries, const Adjacency& graph,
                        uint32_t ef) {
  constexpr uint32_t kNobody = 0;  // node 0 is left out of truth and results alike
  BeamSearch search(vectors.size());
  std::vector<uint32_t> starts;
  for (const NodeId entry : graph.entry_points) starts.push_back(entry.value);
  const auto links = [&graph](uint32_t node, std::vector<uint32_t>* out) {
    *out = graph.lists[node];
  };
  uint32_t hits = 0;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    std::vector<float> truth;
    for (uint32_t i = 1; i < vectors.size(); ++i) {
      truth.push_back(SquaredDistance(queries.row(q), vectors.row(i), vectors.dim));
    }
    std::nth_element(truth.begin(), truth.begin() + 2, truth.end());
    const auto found = search.Run(DistancesTo(vectors, queries.row(q)), starts, ef, kNobody, links);
    for (size_t k = 0; k < std::min<size_t>(3, found.size()); ++k) {
      hits += found[k].distance <= truth[2] + 1e-6F;
    }
  }
  return hits / (3.0 * queries.size());
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_CORE_GRAPH_EXACT_SEARCH_H_
