#include "core/search/exact_plan.h"

#include <limits>
#include <set>

#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr float kNoBound = std::numeric_limits<float>::infinity();

// Algorithm 1 as the paper has it, one neighbour list at a time.
std::set<uint32_t> StrictBestFirst(const SearchFixture& collection, const float* query, size_t ef) {
  std::set<std::pair<float, uint32_t>> queue;
  std::set<uint32_t> computed;
  std::set<uint32_t> visited;
  const auto compute = [&](NodeId node) {
    if (!computed.insert(node.value).second) return;
    const float* row = collection.vectors().row(node.value);
    queue.emplace(DistanceOfScore(InnerProduct(query, row, collection.vectors().dim)), node.value);
    if (queue.size() > ef) queue.erase(std::prev(queue.end()));
  };
  for (const NodeId node : collection.graph().entry_points()) compute(node);
  for (auto it = queue.begin(); it != queue.end();) {
    const uint32_t node = it->second;
    if (!visited.insert(node).second) {
      ++it;
      continue;
    }
    std::vector<NodeId> neighbors;
    collection.graph().Neighbors(NodeId{node}, &neighbors);
    for (const NodeId neighbor : neighbors) compute(neighbor);
    it = queue.begin();
  }
  return computed;
}

std::set<uint32_t> RunPlan(const SearchFixture& collection, const float* query, uint32_t ef,
                           uint32_t rows) {
  ExactPlan plan(&collection.graph(), ef);
  std::set<uint32_t> computed;
  for (;;) {
    const std::vector<NodeId> batch = plan.NextBatch(rows, kNoBound);
    if (batch.empty()) return computed;
    for (const NodeId node : batch) {
      CATCH_REQUIRE(computed.insert(node.value).second);
      const float* row = collection.vectors().row(node.value);
      plan.Observe(node, DistanceOfScore(InnerProduct(query, row, collection.vectors().dim)));
    }
  }
}

CATCH_TEST_CASE("ExactPlan visits what Algorithm 1 visits when every node waits for its distance") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 8, 5, 0.1F);
  for (uint32_t q = 0; q < queries.size(); ++q) {
    // A batch larger than any queue of neighbours still expands only what is known.
    const auto strict = StrictBestFirst(collection, queries.row(q), 60);
    const auto one_row = RunPlan(collection, queries.row(q), 60, 1);
    CATCH_CHECK(one_row == strict);
  }
}

CATCH_TEST_CASE("ExactPlan: batching costs little more than strict best-first order") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 9, 20, 0.1F);
  size_t strict = 0;
  size_t batched = 0;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    strict += StrictBestFirst(collection, queries.row(q), 60).size();
    batched += RunPlan(collection, queries.row(q), 60, 32).size();
  }
  CATCH_CHECK(batched >= strict);
  CATCH_CHECK(batched <= strict + strict / 2);
}

}  // namespace
}  // namespace seekd
