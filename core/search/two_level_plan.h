// Strategy `two_level`: LEANN Algorithm 2. The exact queue EQ (size ef, recomputed
// distances only) steers: its closest unvisited node is expanded. The neighbours are
// scored by their codes into the approximate queue AQ, which never drops a node. Then
// the closest share of AQ, of all that it holds, is looked at: who stands there and was
// not recomputed yet, is. This is how "top a % of AQ that are not in EQ yet" is read
// here: a prefix of the whole AQ. (A share of those left, taken after every expansion,
// recomputes nearly all of them sooner or later: at 1 % it costs what `exact` costs.)
//
// A share below one node per neighbour list starves EQ. Until k nodes were recomputed
// AQ then gives its closest one, whatever the share; after that the search ends.
//
// Dynamic batching as in ExactPlan: expansions go on until a batch has come together; with
// one row per round it is the paper's strict order. Filtered nodes are recomputed
// like others, because they steer.
#ifndef SEEKD_CORE_SEARCH_TWO_LEVEL_PLAN_H_
#define SEEKD_CORE_SEARCH_TWO_LEVEL_PLAN_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/graph/graph_view.h"
#include "core/search/approximate_queue.h"
#include "core/search/code_scorer.h"
#include "core/search/frontier.h"
#include "core/search/node_set.h"
#include "core/search/plan.h"

namespace seekd {

class TwoLevelPlan final : public Plan {
 public:
  // `graph` outlives the plan. `k`: hits wanted. `ef`: size of EQ. `rerank_ratio`: the
  // share of AQ. REQUIRES: ef > 0, 0 < rerank_ratio <= 1.
  TwoLevelPlan(const GraphView* graph, std::shared_ptr<CodeScorer> scorer, uint32_t k, uint32_t ef,
               float rerank_ratio);

  std::vector<NodeId> NextBatch(uint32_t max_rows, float bound) override;
  void Observe(NodeId node, float distance) override { exact_.Insert({distance, node}); }
  // A node without a vector is still a way through: its neighbours come next.
  void ObserveMissing(NodeId node) override { Expand(node); }
  StopReason stop_reason() const override { return StopReason::kConverged; }
  PlanCounters counters() const override { return {scorer_->scored(), expanded_}; }

 private:
  void Expand(NodeId node);
  void Promote();

  const GraphView* graph_;
  std::shared_ptr<CodeScorer> scorer_;
  uint32_t k_;
  Frontier exact_;                // EQ
  ApproximateQueue approximate_;  // AQ
  NodeSet seen_;
  std::deque<NodeId> waiting_;  // to be recomputed, not handed out
  std::vector<NodeId> neighbors_;
  std::vector<ScoredNode> scored_;
  uint32_t handed_out_ = 0;
  uint64_t expanded_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_TWO_LEVEL_PLAN_H_
