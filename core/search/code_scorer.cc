#include "core/search/code_scorer.h"

#include <algorithm>
#include <array>
#include <limits>

namespace seekd {
namespace {

constexpr uint32_t kScanBlock = 1024;

void Prefetch(const uint8_t* p) {
#if defined(__GNUC__)
  if (p != nullptr) __builtin_prefetch(p);
#else
  (void)p;
#endif
}

// Keeps the `keep` smallest candidates offered: a buffer of twice that size, cut
// back when full, costs a comparison and, rarely, a store per candidate.
class Smallest {
 public:
  explicit Smallest(size_t keep) : keep_(std::max<size_t>(keep, 1)) { kept_.reserve(2 * keep_); }

  void Offer(float distance, NodeId node) {
    if (!(distance < limit_)) return;  // a NaN is refused, too
    kept_.push_back({distance, node});
    if (kept_.size() == 2 * keep_) Cut();
  }

  std::vector<ScoredNode> Take() {
    if (kept_.size() > keep_) Cut();
    std::sort(kept_.begin(), kept_.end());
    return std::move(kept_);
  }

 private:
  void Cut() {
    std::nth_element(kept_.begin(), kept_.begin() + static_cast<ptrdiff_t>(keep_ - 1), kept_.end());
    kept_.resize(keep_);
    // Equal distances are decided by the smaller id, and ids are offered in
    // ascending order: what equals the limit later would lose.
    limit_ = kept_.back().distance;
  }

  size_t keep_;
  float limit_ = std::numeric_limits<float>::infinity();
  std::vector<ScoredNode> kept_;
};

}  // namespace

void CodeScorer::Score(std::span<const NodeId> nodes, std::vector<ScoredNode>* out) {
  out->clear();
  rows_.clear();
  for (const NodeId node : nodes) {
    rows_.push_back(codes_->Code(node));
    Prefetch(rows_.back());
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (rows_[i] == nullptr) continue;
    const float distance = table_.Distance(rows_[i]);
    if (distance < std::numeric_limits<float>::infinity()) out->push_back({distance, nodes[i]});
  }
  scored_ += nodes.size();
}

std::vector<ScoredNode> CodeScorer::ScanAll(size_t keep) {
  Smallest smallest(std::min<size_t>(keep, node_count()));
  std::array<float, kScanBlock> distances;
  for (uint32_t first = 0; first < node_count();) {
    const uint32_t count = std::min(kScanBlock, node_count() - first);
    const uint8_t* rows = codes_->Codes(NodeId{first}, count);
    if (rows == nullptr) break;  // codes_->status() tells; the search ends with it
    table_.DistanceBlock(rows, count, distances.data());
    for (uint32_t i = 0; i < count; ++i) smallest.Offer(distances[i], NodeId{first + i});
    first += count;
  }
  scored_ += node_count();
  return smallest.Take();
}

std::vector<ScoredNode> CodeScorer::ScanNodes(std::span<const NodeId> nodes, size_t keep) {
  Smallest smallest(std::min(keep, nodes.size()));
  for (const NodeId node : nodes) {
    if (const uint8_t* code = codes_->Code(node)) smallest.Offer(table_.Distance(code), node);
  }
  scored_ += nodes.size();
  return smallest.Take();
}

}  // namespace seekd
