#include "core/graph/reachability.h"

#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("islands are linked from their nearest reachable node") {
  const VectorSet line{.dim = 1, .values = {0, 1, 2, 10, 11, -5}};
  Adjacency graph;
  graph.lists = {{1}, {0, 2}, {1}, {4}, {3}, {}};
  graph.entry_points = {NodeId(0)};
  CATCH_REQUIRE(CountUnreachable(graph) == 3);
  CATCH_CHECK(ConnectUnreachable(VectorDistances(line), 3, &graph) == 2);
  CATCH_CHECK(CountUnreachable(graph) == 0);
  CATCH_CHECK(graph.lists[2] == std::vector<uint32_t>{1, 3});
  CATCH_CHECK(graph.lists[0] == std::vector<uint32_t>{1, 5});
}

CATCH_TEST_CASE("a full node is passed over while another has room") {
  const VectorSet line{.dim = 1, .values = {0, 1, 2, 3}};
  Adjacency graph;
  graph.lists = {{1}, {0, 2}, {1, 0}, {}};
  graph.entry_points = {NodeId(0)};
  ConnectUnreachable(VectorDistances(line), 2, &graph);
  CATCH_CHECK(graph.lists[2] == std::vector<uint32_t>{1, 0});
  CATCH_CHECK(graph.lists[0] == std::vector<uint32_t>{1, 3});
}

CATCH_TEST_CASE("when all are full, reachability goes before the cap") {
  const VectorSet line{.dim = 1, .values = {0, 1, 2}};
  Adjacency graph;
  graph.lists = {{1}, {0}, {}};
  graph.entry_points = {NodeId(0)};
  CATCH_CHECK(ConnectUnreachable(VectorDistances(line), 1, &graph) == 1);
  CATCH_CHECK(CountUnreachable(graph) == 0);
}

CATCH_TEST_CASE("a graph without nodes is connected") {
  Adjacency graph;
  CATCH_CHECK(ConnectUnreachable(VectorDistances(VectorSet{}), 4, &graph) == 0);
}

CATCH_TEST_CASE("a graph without links becomes reachable") {
  const VectorSet vectors = testing::ClusteredVectors(300, 8, 10, 1);
  Adjacency graph;
  graph.lists.resize(300);
  graph.entry_points = {NodeId(17)};
  CATCH_CHECK(ConnectUnreachable(VectorDistances(vectors), 4, &graph) == 299);
  CATCH_CHECK(CountUnreachable(graph) == 0);
  for (const auto& list : graph.lists) CATCH_CHECK(list.size() <= 4);
}

}  // namespace
}  // namespace seekd
