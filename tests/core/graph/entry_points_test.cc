#include "core/graph/entry_points.h"

#include <algorithm>
#include <set>

#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("entry points are distinct, given nodes, and follow the seed") {
  const VectorSet vectors = testing::ClusteredVectors(300, 8, 4, 1);
  std::vector<uint32_t> nodes;
  for (uint32_t i = 0; i < 300; i += 2) nodes.push_back(i);
  const std::vector<uint32_t> chosen = ChooseEntryPoints(vectors, nodes, 5);
  CATCH_CHECK(chosen.size() == kMaxEntryPoints);
  CATCH_CHECK(std::set<uint32_t>(chosen.begin(), chosen.end()).size() == chosen.size());
  for (const uint32_t node : chosen) CATCH_CHECK(node % 2 == 0);
  CATCH_CHECK(chosen == ChooseEntryPoints(vectors, nodes, 5));
  CATCH_CHECK(chosen != ChooseEntryPoints(vectors, nodes, 6));
  CATCH_CHECK(chosen[0] == ChooseEntryPoints(vectors, nodes, 6)[0]);  // the medoid
}

CATCH_TEST_CASE("few nodes, few entry points") {
  const VectorSet vectors = testing::ClusteredVectors(3, 8, 1, 1);
  CATCH_CHECK(ChooseEntryPoints(vectors, {}, 1).empty());
  CATCH_CHECK(ChooseEntryPoints(vectors, std::vector<uint32_t>{2}, 1) == std::vector<uint32_t>{2});
}

CATCH_TEST_CASE("hubs near the entry points") {
  Adjacency graph;
  graph.lists = {{1, 2}, {0}, {0}, {2}};
  graph.entry_points = {NodeId(0), NodeId(3), NodeId(1)};
  const std::vector<uint32_t> degrees = {3, 1, 9, 1};
  CATCH_CHECK(HubsNear(graph, degrees) == std::vector<uint32_t>{2, 0});
}

}  // namespace
}  // namespace seekd
