#include "core/search/confirm_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace seekd {

ConfirmPlan::ConfirmPlan(std::shared_ptr<CodeScorer> scorer, NodeFilter filter, StopRule rule,
                         uint32_t k, bool exact_hits, const std::vector<ScoredNode>& ranked,
                         uint64_t expanded)
    : scorer_(std::move(scorer)), rule_(rule), k_(k), exact_hits_(exact_hits), expanded_(expanded) {
  for (const ScoredNode& candidate : ranked) {
    if (!filter.Allows(candidate.node)) continue;
    open_.push_back({candidate.distance + rule_.code_bias, candidate.node});
  }
}

void ConfirmPlan::Observe(NodeId, float distance) {
  exact_.insert(std::upper_bound(exact_.begin(), exact_.end(), distance), distance);
}

float ConfirmPlan::ExpectedBound() const {
  // Of two ascending lists the k-th: `known` of one, the rest of the other.
  size_t known = 0;
  size_t open = 0;
  while (known + open + 1 < k_ && known + open < exact_.size() + open_.size()) {
    const bool take_known =
        open == open_.size() || (known < exact_.size() && exact_[known] <= open_[open].distance);
    ++(take_known ? known : open);
  }
  float bound = std::numeric_limits<float>::infinity();
  if (known < exact_.size()) bound = exact_[known];
  if (open < open_.size()) bound = std::min(bound, open_[open].distance);
  return bound;
}

std::vector<NodeId> ConfirmPlan::NextBatch(uint32_t max_rows, float bound) {
  // Pending chunks are in `bound` only.
  const float limit = std::min(bound, ExpectedBound());
  const auto doubt = [limit](const ScoredNode& node) { return std::abs(node.distance - limit); };
  std::vector<ScoredNode> chosen;
  for (const ScoredNode& node : open_) {
    if (node.distance >= limit + rule_.margin) break;
    if (doubt(node) < rule_.margin) chosen.push_back(node);
  }
  if (chosen.empty() && exact_hits_) {
    for (const ScoredNode& node : open_) {
      if (node.distance <= limit) chosen.push_back(node);
    }
  }
  std::sort(chosen.begin(), chosen.end(), [&](const ScoredNode& a, const ScoredNode& b) {
    return doubt(a) != doubt(b) ? doubt(a) < doubt(b) : a < b;
  });
  if (chosen.size() > max_rows) chosen.resize(max_rows);
  std::vector<NodeId> batch;
  for (const ScoredNode& node : chosen) {
    open_.erase(std::lower_bound(open_.begin(), open_.end(), node));
    batch.push_back(node.node);
  }
  return batch;
}

std::vector<ScoredNode> ConfirmPlan::Estimates() const {
  return {open_.begin(),
          open_.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(k_, open_.size()))};
}

}  // namespace seekd
