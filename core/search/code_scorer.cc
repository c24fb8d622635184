#include "core/search/code_scorer.h"

#include <algorithm>
#include <array>
#include <limits>

namespace seekd {
namespace {

constexpr uint32_t kScanBlock = 1024;
// Nodes that a scan looks at closely for each one it keeps, and at least.
constexpr uint64_t kLookedAtPerKept = 16;
constexpr uint64_t kLeastLookedAt = 4096;
// Rows whose rough distances tell what share of all lies below one.
constexpr uint32_t kRoughSample = 4096;
// Codes whose way from memory is begun before they are needed.
constexpr size_t kAhead = 8;

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

uint64_t LookedAtClosely(uint64_t keep, uint64_t nodes) {
  const uint64_t closely = std::max<uint64_t>(keep * kLookedAtPerKept, kLeastLookedAt);
  return closely <= nodes / 2 ? closely : nodes;
}

uint32_t WholeScanWidth(uint32_t nodes) {
  return static_cast<uint32_t>(nodes / 2 / kLookedAtPerKept) + 1;
}

float CodeScorer::RoughLimit(uint64_t nodes) const {
  std::vector<float> sample;
  const uint32_t step = std::max(node_count() / kRoughSample, 1U);
  for (uint32_t node = 0; node < node_count(); node += step) {
    const uint8_t* code = codes_->Code(NodeId{node});
    if (code != nullptr) table_.RoughDistanceBlock(code, 1, &sample.emplace_back());
  }
  if (sample.empty()) return 0;
  const auto limit = sample.begin() + static_cast<ptrdiff_t>(nodes * sample.size() / node_count());
  std::nth_element(sample.begin(), limit, sample.end());
  return *limit;
}

template <typename Visit>
void CodeScorer::ForEachBlock(const Visit& visit) const {
  for (uint32_t first = 0; first < node_count();) {
    const uint32_t count = std::min(kScanBlock, node_count() - first);
    const uint8_t* rows = codes_->Codes(NodeId{first}, count);
    if (rows == nullptr) return;  // codes_->status() tells; the search ends with it
    visit(first, rows, count);
    first += count;
  }
}

std::vector<NodeId> CodeScorer::RoughlyNear(float limit) const {
  std::vector<NodeId> near;
  std::array<float, kScanBlock> distances;
  ForEachBlock([&](uint32_t first, const uint8_t* rows, uint32_t count) {
    table_.RoughDistanceBlock(rows, count, distances.data());
    for (uint32_t i = 0; i < count; ++i) {
      if (distances[i] <= limit) near.push_back(NodeId{first + i});
    }
  });
  return near;
}

std::vector<ScoredNode> CodeScorer::ScanAll(size_t keep) {
  keep = std::min<size_t>(keep, node_count());
  scored_ += node_count();
  if (const uint64_t closely = LookedAtClosely(keep, node_count()); closely < node_count()) {
    const std::vector<NodeId> near = RoughlyNear(RoughLimit(closely));
    // Fewer where the sample was no likeness of the rest.
    if (near.size() >= keep) return ScanNodes(near, keep);
  }
  Smallest smallest(keep);
  std::array<float, kScanBlock> distances;
  ForEachBlock([&](uint32_t first, const uint8_t* rows, uint32_t count) {
    table_.DistanceBlock(rows, count, distances.data());
    for (uint32_t i = 0; i < count; ++i) smallest.Offer(distances[i], NodeId{first + i});
  });
  return smallest.Take();
}

std::vector<ScoredNode> CodeScorer::ScanNodes(std::span<const NodeId> nodes, size_t keep) {
  Smallest smallest(std::min(keep, nodes.size()));
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (i + kAhead < nodes.size()) Prefetch(codes_->Code(nodes[i + kAhead]));
    if (const uint8_t* code = codes_->Code(nodes[i])) {
      smallest.Offer(table_.Distance(code), nodes[i]);
    }
  }
  scored_ += nodes.size();
  return smallest.Take();
}

}  // namespace seekd
