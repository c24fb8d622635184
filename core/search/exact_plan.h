// Strategy `exact`: best-first search that steers by recomputed distances (LEANN
// Algorithm 1) with dynamic batching: several of the closest unvisited nodes are
// expanded until a batch of neighbours without a distance has come together.
// Filtered nodes are recomputed like others, because they steer.
#ifndef SEEKD_CORE_SEARCH_EXACT_PLAN_H_
#define SEEKD_CORE_SEARCH_EXACT_PLAN_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "core/graph/graph_view.h"
#include "core/search/frontier.h"
#include "core/search/node_set.h"
#include "core/search/plan.h"

namespace seekd {

class ExactPlan final : public Plan {
 public:
  // `graph` outlives the plan. `ef`: size of the queue. REQUIRES: ef > 0.
  ExactPlan(const GraphView* graph, uint32_t ef);

  std::vector<NodeId> NextBatch(uint32_t max_rows, float bound) override;
  void Observe(NodeId node, float distance) override { frontier_.Insert({distance, node}); }
  // A node without a vector is still a way through: its neighbours come next.
  void ObserveMissing(NodeId node) override { Expand(node); }
  StopReason stop_reason() const override { return StopReason::kConverged; }
  PlanCounters counters() const override { return {0, expanded_}; }

 private:
  void Expand(NodeId node);

  const GraphView* graph_;
  Frontier frontier_;
  NodeSet seen_;
  std::deque<NodeId> waiting_;  // seen, not handed out
  std::vector<NodeId> neighbors_;
  uint64_t expanded_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_EXACT_PLAN_H_
