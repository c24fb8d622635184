#include "core/search/exact_plan.h"

namespace seekd {

ExactPlan::ExactPlan(const GraphView* graph, uint32_t ef)
    : graph_(graph), frontier_(ef), seen_(graph->node_count()) {
  for (const NodeId node : graph->entry_points()) {
    if (seen_.Insert(node)) waiting_.push_back(node);
  }
}

void ExactPlan::Expand(NodeId node) {
  graph_->Neighbors(node, &neighbors_);
  ++expanded_;
  for (const NodeId neighbor : neighbors_) {
    if (seen_.Insert(neighbor)) waiting_.push_back(neighbor);
  }
}

std::vector<NodeId> ExactPlan::NextBatch(uint32_t max_rows, float /*bound*/) {
  while (waiting_.size() < max_rows) {
    const auto closest = frontier_.TakeClosest();
    if (!closest) break;
    Expand(closest->node);
  }
  std::vector<NodeId> batch;
  for (; !waiting_.empty() && batch.size() < max_rows; waiting_.pop_front()) {
    batch.push_back(waiting_.front());
  }
  return batch;
}

}  // namespace seekd
