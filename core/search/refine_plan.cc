#include "core/search/refine_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace seekd {
namespace {

constexpr float kAny = std::numeric_limits<float>::infinity();

}  // namespace

RefinePlan::RefinePlan(const GraphView* graph, std::shared_ptr<CodeScorer> scorer,
                       NodeFilter filter, StopRule rule, uint32_t k, std::vector<ScoredNode> ranked,
                       uint64_t expanded)
    : graph_(graph),
      scorer_(std::move(scorer)),
      filter_(filter),
      rule_(rule),
      k_(k),
      ranked_(std::move(ranked)),
      expected_bound_(ExpectedBound()),
      done_(scorer_->node_count()),
      expanded_(expanded) {}

float RefinePlan::ExpectedBound() const {
  uint32_t allowed = 0;
  for (const ScoredNode& candidate : ranked_) {
    if (filter_.Allows(candidate.node) && ++allowed == k_) {
      return candidate.distance + rule_.code_bias;
    }
  }
  return kAny;
}

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
        rule_.link_bonus * static_cast<float>(std::min(kMaxLinks, links_[candidate.node]));
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
  const uint32_t stagnant = stagnation_.See(bound, handed_out_);
  const uint32_t left =
      rule_.max_rows == 0 ? max_rows : rule_.max_rows - std::min(rule_.max_rows, handed_out_);
  if (bound < kAny && (left == 0 || stagnant >= rule_.patience)) {
    stop_reason_ = StopReason::kConverged;
    return {};
  }
  const float limit = (bound < kAny ? bound : expected_bound_) + rule_.margin;
  const uint32_t fill = std::max(max_rows / kMinRoundShare, 1U);
  // The first round always runs, and until there are k hits every round does.
  uint32_t must = handed_out_ == 0 ? fill : 0;
  if (!(bound < kAny)) must = std::max(fill, k_ - std::min(k_, handed_out_));
  const uint32_t most = std::min(max_rows, std::max(left, must));
  std::vector<NodeId> batch;
  NodeId node;
  while (batch.size() < most) {
    const bool any = batch.size() < must || (!batch.empty() && batch.size() < fill);
    if (!TakeNext(any ? kAny : limit, &node)) break;
    batch.push_back(node);
  }
  handed_out_ += static_cast<uint32_t>(batch.size());
  return batch;
}

}  // namespace seekd
