// The best k chunks seen so far by score; ties go to the smaller ChunkId.
#ifndef SEEKD_CORE_SEARCH_TOP_K_H_
#define SEEKD_CORE_SEARCH_TOP_K_H_

#include <cstddef>
#include <vector>

#include "core/base/ids.h"

namespace seekd {

struct ScoredChunk {
  ChunkId chunk;
  float score = 0;         // inner product with the query: cosine in [-1, 1]
  bool estimated = false;  // from the chunk's code, not from its embedding
};

// Squared Euclidean distance of two unit vectors with this inner product.
inline float DistanceOfScore(float score) { return 2.0F - 2.0F * score; }
inline float ScoreOfDistance(float distance) { return 1.0F - distance / 2.0F; }

class TopK {
 public:
  explicit TopK(size_t k) : k_(k) {}

  // A score that is not a number is ignored. REQUIRES: a chunk is offered once.
  void Offer(ChunkId chunk, float score, bool estimated = false);

  // Squared distance of the k-th best; infinity while there are fewer than k.
  float Bound() const;
  size_t size() const { return heap_.size(); }
  // Best first. Leaves the object empty.
  std::vector<ScoredChunk> Take();

 private:
  size_t k_;
  std::vector<ScoredChunk> heap_;  // worst on top
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_TOP_K_H_
