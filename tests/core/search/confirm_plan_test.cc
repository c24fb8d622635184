#include "core/search/confirm_plan.h"

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr float kNoBound = std::numeric_limits<float>::infinity();
constexpr float kNoise = 0.05F;

// Candidates whose code distances are off by at most kNoise from distances of our own.
struct Setup {
  std::shared_ptr<CodeScorer> scorer;
  std::vector<ScoredNode> ranked;
  std::map<NodeId, float> exact;

  explicit Setup(uint32_t seed, uint32_t count = 60) {
    const SearchFixture& collection = SmallCollection();
    scorer = std::make_shared<CodeScorer>(&collection.codes(), RowOf(collection.vectors(), 0));
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> distance(0, 1);
    std::uniform_real_distribution<float> noise(-kNoise, kNoise);
    for (uint32_t i = 0; i < count; ++i) {
      exact[NodeId{i}] = distance(random);
      ranked.push_back({exact[NodeId{i}] + noise(random), NodeId{i}});
    }
    std::sort(ranked.begin(), ranked.end());
  }

  ConfirmPlan Plan(float margin, uint32_t k, bool exact_hits = false, float bias = 0) const {
    StopRule rule;
    rule.margin = margin;
    rule.code_bias = bias;
    return ConfirmPlan(scorer, NodeFilter{}, rule, k, exact_hits, ranked, 0);
  }
  std::set<NodeId> Best(uint32_t k) const {
    std::vector<ScoredNode> all;
    for (const auto& [node, distance] : exact) all.push_back({distance, node});
    std::sort(all.begin(), all.end());
    std::set<NodeId> best;
    for (uint32_t i = 0; i < k; ++i) best.insert(all[i].node);
    return best;
  }
};

struct Ran {
  std::set<NodeId> hits;
  std::set<NodeId> recomputed;
};

Ran Run(const Setup& setup, ConfirmPlan* plan, uint32_t k, uint32_t max_rows,
        float bound = kNoBound) {
  Ran ran;
  std::vector<ScoredNode> all;
  for (;;) {
    const std::vector<NodeId> batch = plan->NextBatch(max_rows, bound);
    if (batch.empty()) break;
    CATCH_REQUIRE(batch.size() <= max_rows);
    for (const NodeId node : batch) {
      CATCH_REQUIRE(ran.recomputed.insert(node).second);  // never twice
      all.push_back({setup.exact.at(node), node});
      plan->Observe(node, setup.exact.at(node));
    }
  }
  for (const ScoredNode& node : plan->Estimates()) {
    CATCH_REQUIRE_FALSE(ran.recomputed.contains(node.node));
    all.push_back(node);
  }
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < std::min<size_t>(k, all.size()); ++i) ran.hits.insert(all[i].node);
  return ran;
}

CATCH_TEST_CASE("ConfirmPlan: a margin of twice the codes' error finds the true hits") {
  uint64_t rows = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const Setup setup(seed);
    for (const uint32_t k : {1U, 3U, 10U}) {
      ConfirmPlan plan = setup.Plan(2 * kNoise, k);
      const Ran ran = Run(setup, &plan, k, 1 + seed % 7);
      CATCH_REQUIRE(ran.hits == setup.Best(k));
      CATCH_REQUIRE(plan.stop_reason() == StopReason::kConverged);
      rows += ran.recomputed.size();
    }
  }
  // A band of +-0.1 holds a fifth of the candidates.
  CATCH_CHECK(rows < 600 * 60 / 3);
  CATCH_CHECK(rows > 600);
}

CATCH_TEST_CASE("ConfirmPlan: without a margin the codes' word is taken") {
  const Setup setup(1);
  ConfirmPlan plan = setup.Plan(0, 5, false, 0.25F);
  CATCH_CHECK(plan.NextBatch(32, kNoBound).empty());
  const std::vector<ScoredNode> estimates = plan.Estimates();
  CATCH_REQUIRE(estimates.size() == 5);
  for (size_t i = 0; i < 5; ++i) {
    CATCH_CHECK(estimates[i].node == setup.ranked[i].node);
    CATCH_CHECK(estimates[i].distance == setup.ranked[i].distance + 0.25F);
  }
}

CATCH_TEST_CASE("ConfirmPlan: exact hits are recomputed in the end") {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    const Setup setup(seed);
    ConfirmPlan plan = setup.Plan(2 * kNoise, 4, /*exact_hits=*/true);
    const Ran ran = Run(setup, &plan, 4, 3);
    CATCH_CHECK(ran.hits == setup.Best(4));
    for (const NodeId hit : ran.hits) CATCH_CHECK(ran.recomputed.contains(hit));
  }
}

CATCH_TEST_CASE("ConfirmPlan: the bound of other hits tightens its own") {
  const Setup setup(3);
  ConfirmPlan plan = setup.Plan(2 * kNoise, 10);
  // Ten pending chunks are nearer than anything here.
  CATCH_CHECK(plan.NextBatch(32, -0.5F).empty());
}

CATCH_TEST_CASE("ConfirmPlan: fewer candidates than hits, or none") {
  const Setup setup(4, 3);
  ConfirmPlan plan = setup.Plan(0.1F, 10);
  const Ran ran = Run(setup, &plan, 10, 32);
  CATCH_CHECK(ran.hits.size() == 3);
  const Setup none(4, 0);
  ConfirmPlan empty = none.Plan(0.1F, 10);
  CATCH_CHECK(empty.NextBatch(32, kNoBound).empty());
  CATCH_CHECK(empty.Estimates().empty());
  CATCH_CHECK(empty.stop_reason() == StopReason::kExhausted);
}

}  // namespace
}  // namespace seekd
