#include "core/search/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace seekd {
namespace {

bool Better(const ScoredChunk& a, const ScoredChunk& b) {
  return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
}

}  // namespace

void TopK::Offer(ChunkId chunk, float score, bool estimated) {
  if (std::isnan(score)) return;
  const ScoredChunk offered{chunk, score, estimated};
  if (heap_.size() == k_) {
    if (k_ == 0 || !Better(offered, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), Better);
    heap_.pop_back();
  }
  heap_.push_back(offered);
  std::push_heap(heap_.begin(), heap_.end(), Better);
}

float TopK::Bound() const {
  if (heap_.size() < k_ || heap_.empty()) return std::numeric_limits<float>::infinity();
  return DistanceOfScore(heap_.front().score);
}

std::vector<ScoredChunk> TopK::Take() {
  std::sort(heap_.begin(), heap_.end(), Better);
  return std::exchange(heap_, {});
}

}  // namespace seekd
