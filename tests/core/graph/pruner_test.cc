#include <algorithm>
#include <memory>

#include "core/graph/builder.h"
#include "core/graph/reachability.h"
#include "tests/core/graph/exact_search.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

Adjacency Full(const VectorSet& vectors) {
  absl::StatusOr<Adjacency> graph = BuildGraph(vectors, {.threads = 1}, nullptr, nullptr);
  CATCH_REQUIRE(graph.ok());
  return *std::move(graph);
}

Adjacency Pruned(const VectorSet& vectors, const Adjacency& graph, const PruneOptions& options) {
  absl::StatusOr<Adjacency> pruned = PruneGraph(vectors, graph, options, nullptr, nullptr);
  CATCH_REQUIRE(pruned.ok());
  return *std::move(pruned);
}

double AverageDegree(const Adjacency& graph) {
  return static_cast<double>(graph.edge_count()) / static_cast<double>(graph.lists.size());
}

size_t LargestDegree(const Adjacency& graph) {
  size_t largest = 0;
  for (const auto& list : graph.lists) largest = std::max(largest, list.size());
  return largest;
}

CATCH_TEST_CASE("pruning thins the graph and keeps it searchable") {
  VectorSet vectors = testing::ClusteredVectors(4100, 32, 60, 1);
  const VectorSet queries = testing::TakeLast(100, &vectors);
  const Adjacency full = Full(vectors);
  for (const uint32_t threads : {1U, 3U}) {
    const Adjacency pruned =
        Pruned(vectors, full, {.hub_degree = 20, .degree = 4, .threads = threads});
    CATCH_CHECK(AverageDegree(pruned) < 0.75 * AverageDegree(full));
    CATCH_CHECK(LargestDegree(pruned) <= 20);
    CATCH_CHECK(LargestDegree(pruned) > 10);  // hubs stay hubs
    CATCH_CHECK(CountUnreachable(pruned) == 0);
    CATCH_CHECK(pruned.entry_points.size() <= 16);
    CATCH_CHECK(testing::RecallAt3(vectors, queries, pruned, 200) >= 0.93);
  }
}

CATCH_TEST_CASE("the degree options steer the size") {
  const VectorSet vectors = testing::ClusteredVectors(2000, 24, 30, 2);
  const Adjacency full = Full(vectors);
  const double small = AverageDegree(Pruned(vectors, full, {.degree = 2, .hub_share = 0}));
  const double medium = AverageDegree(Pruned(vectors, full, {.degree = 5, .hub_share = 0}));
  const double hubs = AverageDegree(Pruned(vectors, full, {.degree = 5, .hub_share = 0.2F}));
  CATCH_CHECK(small < medium);
  CATCH_CHECK(medium < hubs);
}

CATCH_TEST_CASE("few nodes, equal nodes, no nodes") {
  for (const uint32_t nodes : {0U, 1U, 2U, 5U, 40U}) {
    VectorSet vectors = testing::ClusteredVectors(nodes, 8, 2, nodes);
    vectors.values.resize(size_t{nodes} * 2 * 8, 0.0F);  // as many zero vectors again
    const Adjacency pruned = Pruned(vectors, Full(vectors), {.hub_degree = 6, .degree = 2});
    CATCH_REQUIRE(pruned.lists.size() == nodes * 2);
    CATCH_CHECK(pruned.entry_points.empty() == (nodes == 0));
    CATCH_CHECK(CountUnreachable(pruned) == 0);
  }
}

CATCH_TEST_CASE("progress goes on where the build's ended") {
  const VectorSet vectors = testing::ClusteredVectors(700, 8, 5, 5);
  std::vector<uint64_t> reports;
  const auto progress = [&](uint64_t done) { reports.push_back(done); };
  CATCH_REQUIRE(PruneGraph(vectors, Full(vectors), {.threads = 3}, nullptr, progress).ok());
  CATCH_REQUIRE(!reports.empty());
  CATCH_CHECK(std::is_sorted(reports.begin(), reports.end()));
  CATCH_CHECK(reports.front() >= 700);
  CATCH_CHECK(reports.back() == 1400);
}

CATCH_TEST_CASE("a withdrawn pruning ends as cancelled; a foreign graph is refused") {
  const VectorSet vectors = testing::ClusteredVectors(700, 8, 5, 5);
  const Adjacency full = Full(vectors);
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  CATCH_CHECK(PruneGraph(vectors, full, {}, cancellation, nullptr).status().code() ==
              absl::StatusCode::kCancelled);
  const VectorSet others = testing::ClusteredVectors(3, 8, 5, 5);
  CATCH_CHECK(PruneGraph(others, full, {}, nullptr, nullptr).status().message() ==
              "the graph has 700 nodes but there are 3 vectors");
}

CATCH_TEST_CASE("prune options out of range are named") {
  CATCH_CHECK(PruneOptions{}.Validate().ok());
  CATCH_CHECK_FALSE(PruneOptions{.degree = 0}.Validate().ok());
  CATCH_CHECK_FALSE(PruneOptions{.hub_degree = 4, .degree = 5}.Validate().ok());
  CATCH_CHECK_FALSE(PruneOptions{.hub_share = 1.5F}.Validate().ok());
  CATCH_CHECK_FALSE(PruneOptions{.ef_construction = 0}.Validate().ok());
}

}  // namespace
}  // namespace seekd
