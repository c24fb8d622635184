// Other ways to spend the same number of edges (LEANN, section 6.4), and what a graph's
// degrees look like.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_GRAPH_VARIANTS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_GRAPH_VARIANTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/graph/adjacency.h"
#include "core/vector/vector_set.h"

namespace seekd::bench {

// About `edges` of the graph's edges, chosen by chance; a function of the seed.
Adjacency PruneAtRandom(const Adjacency& graph, uint64_t edges, uint64_t seed);

// A graph built with so low a cap that it has about `edges` edges: the cap is found on a
// sample of 20,000 nodes.
absl::StatusOr<Adjacency> BuildSmall(const VectorSet& vectors, uint64_t edges);

std::vector<uint32_t> OutDegrees(const Adjacency& graph);
std::vector<uint32_t> InDegrees(const Adjacency& graph);

// Nodes by degree: 0, 1, 2, 3-4, 5-8, ...
struct DegreeBucket {
  std::string name;
  uint64_t nodes = 0;
};
std::vector<DegreeBucket> Histogram(const std::vector<uint32_t>& degrees);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_GRAPH_VARIANTS_H_
