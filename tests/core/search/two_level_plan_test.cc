#include "core/search/two_level_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr float kNoBound = std::numeric_limits<float>::infinity();

float ExactDistance(const SearchFixture& collection, const float* query, uint32_t node) {
  const float* row = collection.vectors().row(node);
  return DistanceOfScore(InnerProduct(query, row, collection.vectors().dim));
}

std::shared_ptr<CodeScorer> NewScorer(const SearchFixture& collection, const float* query) {
  return std::make_shared<CodeScorer>(&collection.codes(),
                                      std::span<const float>(query, collection.vectors().dim));
}

// Algorithm 2 with sorted sets, one neighbour list at a time.
std::set<uint32_t> StrictTwoLevel(const SearchFixture& collection, const float* query, size_t ef,
                                  float ratio) {
  const auto scorer = NewScorer(collection, query);
  std::set<std::pair<float, uint32_t>> exact_queue;
  std::set<std::pair<float, uint32_t>> approximate_queue;
  std::set<uint32_t> computed;
  std::set<uint32_t> glanced;
  std::set<uint32_t> visited;
  const auto compute = [&](uint32_t node) {
    if (!computed.insert(node).second) return;
    exact_queue.emplace(ExactDistance(collection, query, node), node);
    if (exact_queue.size() > ef) exact_queue.erase(std::prev(exact_queue.end()));
  };
  for (const NodeId node : collection.graph().entry_points()) {
    glanced.insert(node.value);
    compute(node.value);
  }
  for (auto it = exact_queue.begin(); it != exact_queue.end();) {
    const uint32_t node = it->second;
    if (!visited.insert(node).second) {
      ++it;
      continue;
    }
    std::vector<NodeId> neighbors;
    collection.graph().Neighbors(NodeId{node}, &neighbors);
    std::vector<ScoredNode> scored;
    for (const NodeId neighbor : neighbors) {
      if (!glanced.insert(neighbor.value).second) continue;
      scorer->Score(std::vector<NodeId>{neighbor}, &scored);
      approximate_queue.emplace(scored.at(0).distance, neighbor.value);
    }
    const double share = double{ratio} * static_cast<double>(approximate_queue.size());
    auto closest = approximate_queue.begin();
    for (size_t i = 0; i < static_cast<size_t>(std::ceil(share)); ++i) compute((closest++)->second);
    it = exact_queue.begin();
  }
  return computed;
}

struct Ran {
  std::set<uint32_t> computed;
  PlanCounters counters;
};

Ran RunPlan(const SearchFixture& collection, const float* query, uint32_t k, uint32_t ef,
            float ratio, uint32_t rows) {
  TwoLevelPlan plan(&collection.graph(), NewScorer(collection, query), k, ef, ratio);
  Ran ran;
  for (;;) {
    const std::vector<NodeId> batch = plan.NextBatch(rows, kNoBound);
    CATCH_REQUIRE(batch.size() <= rows);
    if (batch.empty()) break;
    for (const NodeId node : batch) {
      CATCH_REQUIRE(ran.computed.insert(node.value).second);
      plan.Observe(node, ExactDistance(collection, query, node.value));
    }
  }
  CATCH_CHECK(plan.stop_reason() == StopReason::kConverged);
  ran.counters = plan.counters();
  return ran;
}

CATCH_TEST_CASE("TwoLevelPlan recomputes what Algorithm 2 does when every node waits") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 8, 5, 0.1F);
  for (uint32_t q = 0; q < queries.size(); ++q) {
    for (const float ratio : {0.05F, 0.2F, 0.5F, 1.0F}) {
      const auto strict = StrictTwoLevel(collection, queries.row(q), 60, ratio);
      CATCH_CHECK(RunPlan(collection, queries.row(q), 1, 60, ratio, 1).computed == strict);
    }
  }
}

CATCH_TEST_CASE("TwoLevelPlan: less of the approximate queue costs less, batching a little more") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 9, 20, 0.1F);
  size_t all = 0;
  size_t half = 0;
  size_t batched = 0;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    all += RunPlan(collection, queries.row(q), 10, 60, 1.0F, 1).computed.size();
    half += RunPlan(collection, queries.row(q), 10, 60, 0.5F, 1).computed.size();
    batched += RunPlan(collection, queries.row(q), 10, 60, 0.5F, 32).computed.size();
  }
  CATCH_CAPTURE(all, half, batched);
  CATCH_CHECK(half <= all * 3 / 4);
  CATCH_CHECK(batched >= half);
  CATCH_CHECK(batched <= half + half / 2);
}

CATCH_TEST_CASE("TwoLevelPlan: a starving share still gives k nodes, and no more than needed") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  const size_t starved = RunPlan(collection, query.data(), 1, 60, 0.0001F, 1).computed.size();
  CATCH_CHECK(starved < 40);
  CATCH_CHECK(RunPlan(collection, query.data(), 40, 60, 0.0001F, 1).computed.size() >= 40);
  CATCH_CHECK(RunPlan(collection, query.data(), 40, 60, 0.0001F, 1).computed.size() <= 60);
  // Every node that the graph reaches, where the queue is large enough for them.
  CATCH_CHECK(RunPlan(collection, query.data(), 5000, 5000, 0.0001F, 32).computed.size() >= 1900);
}

CATCH_TEST_CASE("TwoLevelPlan goes on through nodes without a vector") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  TwoLevelPlan plan(&collection.graph(), NewScorer(collection, query.data()), 10, 60, 0.2F);
  size_t entry_points = 0;
  size_t others = 0;
  for (;;) {
    const std::vector<NodeId> batch = plan.NextBatch(8, kNoBound);
    if (batch.empty()) break;
    for (const NodeId node : batch) {
      const auto& entries = collection.graph().entry_points();
      if (std::find(entries.begin(), entries.end(), node) != entries.end()) {
        plan.ObserveMissing(node);
        ++entry_points;
      } else {
        plan.Observe(node, ExactDistance(collection, query.data(), node.value));
        ++others;
      }
    }
  }
  CATCH_CHECK(entry_points == collection.graph().entry_points().size());
  CATCH_CHECK(others > 50);
}

CATCH_TEST_CASE("TwoLevelPlan counts code distances and lists read") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  const Ran ran = RunPlan(collection, query.data(), 10, 60, 0.2F, 32);
  CATCH_CHECK(ran.counters.expanded_nodes <= ran.computed.size());
  CATCH_CHECK(ran.counters.code_distances > ran.counters.expanded_nodes);
  CATCH_CHECK(ran.counters.code_distances <= 2000);  // no node is scored twice
}

}  // namespace
}  // namespace seekd
