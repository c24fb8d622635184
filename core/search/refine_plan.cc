#include "core/search/refine_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace seekd {

RefinePlan::RefinePlan(const GraphView* graph, std::shared_ptr<CodeScorer> scorer,
                       NodeFilter filter, float margin, std::vector<ScoredNode> ranked,
                       uint64_t expanded)
    : graph_(graph),
      scorer_(std::move(scorer)),
      filter_(filter),
      margin_(margin),
      ranked_(std::move(ranked)),
      done_(scorer_->node_count()),
      expanded_(expanded) {}

void RefinePlan::Observe(NodeId node, float distance) {
  const ScoredNode seen{distance, node};
  if (best_.size() == kBestNodes) {
    if (!(seen < best_.back())) return;
    best_.pop_back();
  }
  best_.insert(std::upper_bound(best_.begin(), best_.end(), seen), seen);
  best_changed_ = true;
}

void RefinePlan::GatherLinked() {
  links_.clear();
  std::vector<NodeId> nodes;
  for (const ScoredNode& best : best_) {
    graph_->Neighbors(best.node, &nodes);
    ++expanded_;
    for (const NodeId node : nodes) {
      if (!done_.Contains(node)) ++links_[node];
    }
  }
  nodes.clear();
  for (const auto& [node, count] : links_) nodes.push_back(node);
  scorer_->Score(nodes, &linked_);
  for (ScoredNode& candidate : linked_) {
    candidate.distance -=
        kLinkBonus * static_cast<float>(std::min(kMaxLinks, links_[candidate.node]));
  }
  std::sort(linked_.begin(), linked_.end());
  next_linked_ = 0;
  best_changed_ = false;
}

// Candidates with links wait in linked_ under their adjusted distance.
const ScoredNode* RefinePlan::PeekRanked() {
  while (next_ranked_ < ranked_.size() && done_.Contains(ranked_[next_ranked_].node)) {
    ++next_ranked_;
  }
  return next_ranked_ < ranked_.size() ? &ranked_[next_ranked_] : nullptr;
}

const ScoredNode* RefinePlan::PeekLinked() {
  while (next_linked_ < linked_.size() && done_.Contains(linked_[next_linked_].node)) {
    ++next_linked_;
  }
  return next_linked_ < linked_.size() ? &linked_[next_linked_] : nullptr;
}

bool RefinePlan::TakeNext(float limit, NodeId* node) {
  for (;;) {
    // A linked candidate's adjusted distance is below its place in ranked_, so
    // it is always met here first.
    const ScoredNode* next = PeekLinked();
    const ScoredNode* ranked = PeekRanked();
    if (next == nullptr || (ranked != nullptr && *ranked < *next)) next = ranked;
    stop_reason_ = next == nullptr ? StopReason::kExhausted : StopReason::kConverged;
    if (next == nullptr || !(next->distance < limit)) return false;
    *node = next->node;
    done_.Insert(*node);
    if (filter_.Allows(*node)) return true;
  }
}

std::vector<NodeId> RefinePlan::NextBatch(uint32_t max_rows, float bound) {
  if (best_changed_) GatherLinked();
  constexpr float kAny = std::numeric_limits<float>::infinity();
  const uint32_t min_rows = std::max(max_rows / kMinRoundShare, 1U);
  std::vector<NodeId> batch;
  NodeId node;
  while (batch.size() < max_rows) {
    const bool fill_up = batch.size() < min_rows && (first_round_ || !batch.empty());
    if (!TakeNext(fill_up ? kAny : bound + margin_, &node)) break;
    batch.push_back(node);
  }
  first_round_ = false;
  return batch;
}

}  // namespace seekd
