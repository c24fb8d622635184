#include "core/search/two_level_plan.h"

#include <utility>

namespace seekd {

TwoLevelPlan::TwoLevelPlan(const GraphView* graph, std::shared_ptr<CodeScorer> scorer, uint32_t k,
                           uint32_t ef, float rerank_ratio)
    : graph_(graph),
      scorer_(std::move(scorer)),
      k_(k),
      exact_(ef),
      approximate_(graph->node_count(), rerank_ratio),
      seen_(graph->node_count()) {
  for (const NodeId node : graph->entry_points()) {
    if (seen_.Insert(node)) waiting_.push_back(node);
  }
}

void TwoLevelPlan::Expand(NodeId node) {
  graph_->Neighbors(node, &neighbors_);
  ++expanded_;
  std::erase_if(neighbors_, [this](NodeId neighbor) { return !seen_.Insert(neighbor); });
  scorer_->Score(neighbors_, &scored_);
  for (const ScoredNode& neighbor : scored_) approximate_.Add(neighbor);
  Promote();
}

void TwoLevelPlan::Promote() {
  for (const ScoredNode& promoted : approximate_.Promote()) waiting_.push_back(promoted.node);
}

std::vector<NodeId> TwoLevelPlan::NextBatch(uint32_t max_rows, float /*bound*/) {
  while (waiting_.size() < max_rows) {
    if (const auto closest = exact_.TakeClosest()) {
      Expand(closest->node);
    } else if (waiting_.empty() && handed_out_ < k_ && approximate_.Grow()) {
      Promote();
    } else {
      break;
    }
  }
  std::vector<NodeId> batch;
  for (; !waiting_.empty() && batch.size() < max_rows; waiting_.pop_front()) {
    batch.push_back(waiting_.front());
  }
  handed_out_ += static_cast<uint32_t>(batch.size());
  return batch;
}

}  // namespace seekd
