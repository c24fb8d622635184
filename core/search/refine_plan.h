// Second stage of `frugal` and `flat`: exact refinement of candidates that were
// ranked by code distance, in rounds.
//
// After each round the nodes that the best few exact hits link to are scored,
// too, and move up: adjusted distance = code distance - link bonus * min(kMaxLinks,
// links from the best kBestNodes). A round takes candidates, best first, while
// their adjusted distance is below the k-th exact distance (until it is known: where
// the rule expects it) plus the margin; when none is, when the k-th distance has not
// fallen for `patience` rows, or after `max_rows`, the plan has converged.
#ifndef SEEKD_CORE_SEARCH_REFINE_PLAN_H_
#define SEEKD_CORE_SEARCH_REFINE_PLAN_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/graph/graph_view.h"
#include "core/search/code_scorer.h"
#include "core/search/node_set.h"
#include "core/search/plan.h"
#include "core/search/scored_node.h"
#include "core/search/search_index.h"
#include "core/search/stop_rule.h"

namespace seekd {

class RefinePlan final : public Plan {
 public:
  static constexpr size_t kBestNodes = 8;
  static constexpr uint32_t kMaxLinks = 3;
  // A round is filled up to this share of its rows: an encoder call has a fixed
  // price, and the next best candidates are the likeliest hits.
  static constexpr uint32_t kMinRoundShare = 8;

  // `ranked` ascends; `graph` outlives the plan. `k`: hits wanted. `expanded`:
  // adjacency lists read before.
  RefinePlan(const GraphView* graph, std::shared_ptr<CodeScorer> scorer, NodeFilter filter,
             StopRule rule, uint32_t k, std::vector<ScoredNode> ranked, uint64_t expanded);

  std::vector<NodeId> NextBatch(uint32_t max_rows, float bound) override;
  void Observe(NodeId node, float distance) override;
  void ObserveMissing(NodeId) override {}
  StopReason stop_reason() const override { return stop_reason_; }
  PlanCounters counters() const override { return {scorer_->scored(), expanded_}; }

 private:
  // The code distance of the k-th candidate that may be returned, plus the bias.
  float ExpectedBound() const;
  void GatherLinked();
  // The candidate to recompute next, marked as done; false when none is left or
  // the best one lies at `limit` or beyond.
  bool TakeNext(float limit, NodeId* node);
  const ScoredNode* PeekRanked();
  const ScoredNode* PeekLinked();

  const GraphView* graph_;
  std::shared_ptr<CodeScorer> scorer_;
  NodeFilter filter_;
  StopRule rule_;
  uint32_t k_;
  std::vector<ScoredNode> ranked_;
  float expected_bound_;
  size_t next_ranked_ = 0;
  std::vector<ScoredNode> linked_;  // adjusted distances, ascending; rebuilt per round
  size_t next_linked_ = 0;
  absl::flat_hash_map<NodeId, uint32_t> links_;  // not done nodes: links from best_
  std::vector<ScoredNode> best_;                 // exact distances, ascending, <= kBestNodes
  bool best_changed_ = false;
  NodeSet done_;  // handed out, or filtered
  uint32_t handed_out_ = 0;
  Stagnation stagnation_;
  StopReason stop_reason_ = StopReason::kExhausted;
  uint64_t expanded_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_REFINE_PLAN_H_
