#include "core/search/approximate_queue.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seekd {

ApproximateQueue::ApproximateQueue(uint32_t node_count, double head_share)
    : head_share_(head_share), promoted_(node_count) {}

void ApproximateQueue::EnterHead(ScoredNode node) {
  head_.push(node);
  if (!promoted_.Contains(node.node)) entered_.push_back(node);
}

void ApproximateQueue::Add(ScoredNode node) {
  const auto share = static_cast<size_t>(std::ceil(head_share_ * static_cast<double>(size() + 1)));
  const size_t head_size = share + grown_;
  // INVARIANT: everything in the head is closer than everything beside it. One node
  // more moves the border by one node at most.
  if (InHead(node)) {
    EnterHead(node);
  } else {
    rest_.push(node);
  }
  if (head_.size() > head_size) {
    rest_.push(head_.top());
    head_.pop();
  } else if (head_.size() < head_size) {
    EnterHead(rest_.top());
    rest_.pop();
  }
}

bool ApproximateQueue::Grow() {
  if (rest_.empty()) return false;
  ++grown_;
  EnterHead(rest_.top());
  rest_.pop();
  return true;
}

std::vector<ScoredNode> ApproximateQueue::Promote() {
  std::vector<ScoredNode> entered = std::exchange(entered_, {});
  // Some were pushed out of the head again; some came twice.
  std::erase_if(entered, [this](const ScoredNode& node) {
    return !InHead(node) || !promoted_.Insert(node.node);
  });
  std::sort(entered.begin(), entered.end());
  return entered;
}

}  // namespace seekd
