#include "core/graph/builder.h"

#include <algorithm>
#include <memory>

#include "core/graph/reachability.h"
#include "tests/core/graph/exact_search.h"
#include "tests/core/graph/random_graph.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

Adjacency Build(const VectorSet& vectors, const GraphBuildOptions& options) {
  absl::StatusOr<Adjacency> graph = BuildGraph(vectors, options, nullptr, nullptr);
  CATCH_REQUIRE(graph.ok());
  return *std::move(graph);
}

void CheckSound(const Adjacency& graph, uint32_t nodes, uint32_t cap) {
  CATCH_REQUIRE(graph.lists.size() == nodes);
  CATCH_REQUIRE((nodes == 0) == graph.entry_points.empty());
  CATCH_REQUIRE(CountUnreachable(graph) == 0);
  for (uint32_t node = 0; node < nodes; ++node) {
    std::vector<uint32_t> list = graph.lists[node];
    CATCH_REQUIRE(list.size() <= cap);
    std::sort(list.begin(), list.end());
    CATCH_REQUIRE(std::adjacent_find(list.begin(), list.end()) == list.end());
    CATCH_REQUIRE(!std::binary_search(list.begin(), list.end(), node));
    CATCH_REQUIRE((list.empty() || list.back() < nodes));
  }
}

CATCH_TEST_CASE("a built graph finds the nearest neighbours") {
  VectorSet vectors = testing::ClusteredVectors(4100, 32, 60, 1);
  const VectorSet queries = testing::TakeLast(100, &vectors);
  for (const uint32_t threads : {1U, 3U}) {
    const Adjacency graph = Build(vectors, {.threads = threads});
    CheckSound(graph, 4000, 32);
    CATCH_CHECK(testing::RecallAt3(vectors, queries, graph, 64) >= 0.97);
  }
  // The measure can fail.
  const Adjacency random = testing::RandomGraph(4000, 16, 1);
  CATCH_CHECK(testing::RecallAt3(vectors, queries, random, 64) < 0.5);
}

CATCH_TEST_CASE("with one thread the graph is a function of the seed") {
  const VectorSet vectors = testing::ClusteredVectors(800, 16, 10, 2);
  const Adjacency a = Build(vectors, {.seed = 3, .threads = 1});
  const Adjacency b = Build(vectors, {.seed = 3, .threads = 1});
  const Adjacency c = Build(vectors, {.seed = 4, .threads = 1});
  CATCH_CHECK(a.lists == b.lists);
  CATCH_CHECK(a.entry_points == b.entry_points);
  CATCH_CHECK(a.lists != c.lists);
}

CATCH_TEST_CASE("graphs of very few nodes") {
  for (uint32_t nodes = 0; nodes <= 20; ++nodes) {
    const VectorSet vectors = testing::ClusteredVectors(nodes, 8, 2, nodes);
    CheckSound(Build(vectors, {.max_degree = 4, .threads = 2}), nodes, 4);
  }
}

CATCH_TEST_CASE("crowds of equal vectors, and zero vectors, hide nothing") {
  VectorSet vectors = testing::ClusteredVectors(660, 16, 5, 3);
  const VectorSet queries = testing::TakeLast(60, &vectors);
  for (int copy = 0; copy < 300; ++copy) {
    vectors.values.insert(vectors.values.end(), vectors.row(1), vectors.row(1) + 16);
    vectors.values.insert(vectors.values.end(), 16, 0.0F);
  }
  const Adjacency graph = Build(vectors, {.max_degree = 12, .threads = 1});
  CheckSound(graph, 1200, 12);
  CATCH_CHECK(testing::RecallAt3(vectors, queries, graph, 64) >= 0.95);
}

CATCH_TEST_CASE("nothing but equal vectors") {
  const VectorSet vectors{.dim = 4, .values = std::vector<float>(4 * 500, 0.0F)};
  CheckSound(Build(vectors, {.max_degree = 8}), 500, 8);
}

CATCH_TEST_CASE("near-duplicates stay reachable") {
  VectorSet vectors{.dim = 16, .values = {}};
  const VectorSet centres = testing::ClusteredVectors(20, 16, 20, 4);
  for (uint32_t i = 0; i < 1000; ++i) {
    std::vector<float> row(centres.row(i % 20), centres.row(i % 20) + 16);
    row[i % 16] += 1e-6F * static_cast<float>(i);
    testing::AppendNormalized(row, &vectors);
  }
  CheckSound(Build(vectors, {.max_degree = 8, .threads = 2}), 1000, 8);
}

CATCH_TEST_CASE("progress grows up to the number of nodes") {
  const VectorSet vectors = testing::ClusteredVectors(700, 8, 5, 5);
  std::vector<uint64_t> reports;
  const auto progress = [&](uint64_t done) { reports.push_back(done); };
  CATCH_REQUIRE(BuildGraph(vectors, {.threads = 3}, nullptr, progress).ok());
  CATCH_REQUIRE(!reports.empty());
  CATCH_CHECK(std::is_sorted(reports.begin(), reports.end()));
  CATCH_CHECK(reports.back() == 700);
}

CATCH_TEST_CASE("a withdrawn build ends as cancelled") {
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  const VectorSet vectors = testing::ClusteredVectors(700, 8, 5, 5);
  CATCH_CHECK(BuildGraph(vectors, {}, cancellation, nullptr).status().code() ==
              absl::StatusCode::kCancelled);
}

CATCH_TEST_CASE("build options out of range are named") {
  CATCH_CHECK(GraphBuildOptions{}.Validate().ok());
  CATCH_CHECK(GraphBuildOptions{.max_degree = 1}.Validate().message() ==
              "max_degree must be in [2, 1024], got 1");
  CATCH_CHECK_FALSE(GraphBuildOptions{.ef_construction = 0}.Validate().ok());
}

}  // namespace
}  // namespace seekd
