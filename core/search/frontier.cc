#include "core/search/frontier.h"

#include <algorithm>

namespace seekd {

Frontier::Frontier(size_t capacity) : capacity_(capacity) { entries_.reserve(capacity); }

bool Frontier::Insert(ScoredNode candidate) {
  const Entry entry{candidate.distance, candidate.node.value & 0x7FFFFFFFU, 0};
  if (entries_.size() == capacity_) {
    if (!Less(entry, entries_.back())) return false;
    entries_.pop_back();
  }
  const auto at = std::upper_bound(entries_.begin(), entries_.end(), entry, Less);
  next_ = std::min(next_, static_cast<size_t>(at - entries_.begin()));
  entries_.insert(at, entry);
  return true;
}

std::optional<ScoredNode> Frontier::TakeClosest() {
  while (next_ < entries_.size() && entries_[next_].taken != 0) ++next_;
  if (next_ == entries_.size()) return std::nullopt;
  Entry& entry = entries_[next_++];
  entry.taken = 1;
  return ScoredNode{entry.distance, NodeId{entry.node}};
}

std::vector<ScoredNode> Frontier::ToVector() const {
  std::vector<ScoredNode> sorted;
  sorted.reserve(entries_.size());
  for (const Entry& entry : entries_) sorted.push_back({entry.distance, NodeId{entry.node}});
  return sorted;
}

}  // namespace seekd
