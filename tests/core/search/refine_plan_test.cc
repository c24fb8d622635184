#include "core/search/refine_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <span>

#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr float kNoBound = std::numeric_limits<float>::infinity();

struct Setup {
  const SearchFixture& collection = SmallCollection();
  VectorSet queries = QueriesNear(collection.vectors(), 2, 1, 0.1F);
  std::shared_ptr<CodeScorer> scorer = std::make_shared<CodeScorer>(
      &collection.codes(), std::span<const float>(queries.row(0), queries.dim));

  RefinePlan Plan(float margin, std::vector<ScoredNode> ranked, uint32_t k = 10) {
    return RefinePlan(&collection.graph(), scorer, NodeFilter{}, {margin}, k, std::move(ranked), 0);
  }
  std::vector<ScoredNode> Scan(size_t keep) { return scorer->ScanAll(keep); }
};

CATCH_TEST_CASE("RefinePlan: the first round takes the best by codes") {
  Setup setup;
  const std::vector<ScoredNode> ranked = setup.Scan(100);
  RefinePlan plan = setup.Plan(0.1F, ranked);
  const std::vector<NodeId> batch = plan.NextBatch(10, kNoBound);
  CATCH_REQUIRE(batch.size() == 10);
  for (size_t i = 0; i < batch.size(); ++i) CATCH_CHECK(batch[i] == ranked[i].node);
}

CATCH_TEST_CASE("RefinePlan: the first round takes what lies below the bound it expects") {
  Setup setup;
  const std::vector<ScoredNode> ranked = setup.Scan(200);
  const StopRule rule{0.05F, 0.1F, 0.04F};
  const auto first_round = [&](uint32_t k) {
    RefinePlan plan(&setup.collection.graph(), setup.scorer, NodeFilter{}, rule, k, ranked, 0);
    return plan.NextBatch(100, kNoBound).size();
  };
  for (const uint32_t k : {20U, 40U}) {
    const float limit = ranked[k - 1].distance + rule.code_bias + rule.margin;
    const auto below = static_cast<size_t>(
        std::count_if(ranked.begin(), ranked.end(),
                      [limit](const ScoredNode& node) { return node.distance < limit; }));
    CATCH_CHECK(below > k);
    CATCH_CHECK(first_round(k) == std::min<size_t>(below, 100));
  }
  // More hits than candidates: there is nothing to expect, and all are taken.
  CATCH_CHECK(first_round(500) == 100);
}

CATCH_TEST_CASE("RefinePlan: until there are k hits every round runs") {
  Setup setup;
  RefinePlan plan(&setup.collection.graph(), setup.scorer, NodeFilter{}, {-10, 0, 0}, 30,
                  setup.Scan(200), 0);
  CATCH_CHECK(plan.NextBatch(16, kNoBound).size() == 16);
  CATCH_CHECK(plan.NextBatch(16, kNoBound).size() == 14);
  // Missing rows: still no k hits, so a round of the least size.
  CATCH_CHECK(plan.NextBatch(16, kNoBound).size() == 16 / RefinePlan::kMinRoundShare);
  CATCH_CHECK(plan.NextBatch(16, 0.5F).empty());
}

CATCH_TEST_CASE("RefinePlan: patience ends when the bound has not fallen for so many rows") {
  Setup setup;
  StopRule rule{10, 0, 0};
  rule.patience = 20;
  RefinePlan plan(&setup.collection.graph(), setup.scorer, NodeFilter{}, rule, 3, setup.Scan(200),
                  0);
  CATCH_CHECK(plan.NextBatch(16, kNoBound).size() == 16);
  CATCH_CHECK(plan.NextBatch(16, 0.9F).size() == 16);
  CATCH_CHECK(plan.NextBatch(16, 0.8F).size() == 16);  // fell: patience begins anew
  CATCH_CHECK(plan.NextBatch(16, 0.8F).size() == 16);
  CATCH_CHECK(plan.NextBatch(16, 0.8F).empty());
  CATCH_CHECK(plan.stop_reason() == StopReason::kConverged);
}

CATCH_TEST_CASE("RefinePlan: a limit of rows holds once there are k hits") {
  Setup setup;
  StopRule rule{10, 0, 0};
  rule.max_rows = 20;
  RefinePlan plan(&setup.collection.graph(), setup.scorer, NodeFilter{}, rule, 3, setup.Scan(200),
                  0);
  CATCH_CHECK(plan.NextBatch(16, kNoBound).size() == 16);
  CATCH_CHECK(plan.NextBatch(16, 0.9F).size() == 4);
  // Two of the three hits were missing rows: the search goes on for them.
  CATCH_CHECK(plan.NextBatch(16, kNoBound).size() == 16 / RefinePlan::kMinRoundShare);
  CATCH_CHECK(plan.NextBatch(16, 0.8F).empty());
  CATCH_CHECK(plan.stop_reason() == StopReason::kConverged);
}

CATCH_TEST_CASE("RefinePlan: a first round runs whatever the bound, then the rule stops it") {
  Setup setup;
  RefinePlan plan = setup.Plan(0, setup.Scan(100));
  CATCH_CHECK(plan.NextBatch(32, -1).size() == 32 / RefinePlan::kMinRoundShare);
  CATCH_CHECK(plan.NextBatch(32, -1).empty());
  CATCH_CHECK(plan.stop_reason() == StopReason::kConverged);
}

CATCH_TEST_CASE("RefinePlan: a round takes what lies below the bound plus the margin") {
  Setup setup;
  const std::vector<ScoredNode> ranked = setup.Scan(200);
  RefinePlan plan = setup.Plan(0.25F, ranked);
  CATCH_REQUIRE(plan.NextBatch(4, kNoBound).size() == 4);
  const float bound = ranked[44].distance - 0.25F;
  const std::vector<NodeId> batch = plan.NextBatch(100, bound);
  size_t below = 0;
  for (const ScoredNode& node : ranked) below += node.distance < bound + 0.25F ? 1 : 0;
  // Nothing was observed, so nothing moved up.
  CATCH_CHECK(below >= 40);
  CATCH_CHECK(batch.size() == below - 4);
  // Nothing is left below: the next round, had it begun, would be filled up.
  CATCH_CHECK(plan.NextBatch(100, bound).empty());
  const float next = ranked[below].distance - 0.25F;
  CATCH_CHECK(plan.NextBatch(100, next + 1e-4F).size() >= 100 / RefinePlan::kMinRoundShare);
}

CATCH_TEST_CASE("RefinePlan: neighbours of the best move up, unseen ones come in") {
  Setup setup;
  const std::vector<ScoredNode> ranked = setup.Scan(40);
  RefinePlan plan = setup.Plan(10, ranked);
  const std::vector<NodeId> first = plan.NextBatch(8, kNoBound);
  std::set<NodeId> linked;
  for (size_t i = 0; i < first.size(); ++i) {
    plan.Observe(first[i], 0.1F);
    std::vector<NodeId> neighbors;
    setup.collection.graph().Neighbors(first[i], &neighbors);
    linked.insert(neighbors.begin(), neighbors.end());
  }
  std::set<NodeId> rest;
  for (;;) {
    const std::vector<NodeId> batch = plan.NextBatch(8, kNoBound);
    if (batch.empty()) break;
    for (const NodeId node : batch) CATCH_CHECK(rest.insert(node).second);
  }
  CATCH_CHECK(plan.stop_reason() == StopReason::kExhausted);
  for (const NodeId node : first) linked.erase(node);
  std::set<NodeId> expected = linked;
  for (size_t i = 8; i < ranked.size(); ++i) expected.insert(ranked[i].node);
  CATCH_CHECK(rest == expected);
  CATCH_CHECK(rest.size() > 32);
}

CATCH_TEST_CASE("RefinePlan: three links outweigh a code distance that is 0.1 larger") {
  Setup setup;
  const std::vector<ScoredNode> all = setup.Scan(2000);
  // Observe as best the neighbours of a node far down the ranking.
  const NodeId target = all[1500].node;
  std::vector<NodeId> neighbors;
  setup.collection.graph().Neighbors(target, &neighbors);
  RefinePlan plan = setup.Plan(10, {});
  for (const NodeId node : neighbors) plan.Observe(node, 0.01F);
  const std::vector<NodeId> batch = plan.NextBatch(2000, kNoBound);
  // The graph is symmetric: every observed node that is kept links to the target.
  CATCH_CHECK(std::count(batch.begin(), batch.end(), target) == 1);
}

CATCH_TEST_CASE("CodeScorer: a distance is that of the decoded direction") {
  Setup setup;
  const Codebook& codebook = setup.collection.codes().codebook();
  std::vector<NodeId> nodes;
  for (uint32_t i = 0; i < 2000; i += 7) nodes.emplace_back(i);
  std::vector<ScoredNode> scored;
  setup.scorer->Score(nodes, &scored);
  CATCH_REQUIRE(scored.size() == nodes.size());
  std::vector<float> decoded(codebook.dim);
  for (size_t i = 0; i < nodes.size(); ++i) {
    codebook.Decode(setup.collection.codes().Code(nodes[i]), decoded.data());
    const float expected =
        2 - 2 * InnerProduct(decoded.data(), setup.queries.row(0), decoded.size());
    CATCH_REQUIRE(std::abs(scored[i].distance - expected) < 1e-4F);
  }
}

CATCH_TEST_CASE("CodeScorer: a scan keeps the best, whole or in part") {
  Setup setup;
  std::vector<NodeId> nodes;
  for (uint32_t i = 0; i < 2000; ++i) nodes.emplace_back(i);
  std::vector<ScoredNode> all;
  setup.scorer->Score(nodes, &all);
  CATCH_REQUIRE(all.size() == 2000);
  std::sort(all.begin(), all.end());
  for (const size_t keep : {1U, 2U, 100U, 1999U, 2000U, 5000U}) {
    std::vector<ScoredNode> expected = all;
    expected.resize(std::min<size_t>(keep, 2000));
    CATCH_CHECK(setup.scorer->ScanAll(keep) == expected);
    CATCH_CHECK(setup.scorer->ScanNodes(nodes, keep) == expected);
  }
  CATCH_CHECK(setup.scorer->ScanNodes({}, 10).empty());
}

}  // namespace
}  // namespace seekd
