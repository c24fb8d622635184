// Chunks that are not in the generation yet, with their fp16 embeddings: searched
// exactly beside the graph. Value type, immutable once shared in a snapshot; a
// copy shares its segments, so adding a few rows does not copy the rest.
//
// INVARIANT: Add never changes what another copy holds, whichever copy grows.
// Thread safety: distinct copies may be used from distinct threads.
#ifndef SEEKD_CORE_SEARCH_PENDING_SET_H_
#define SEEKD_CORE_SEARCH_PENDING_SET_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/ids.h"

namespace seekd {

class PendingSet {
 public:
  explicit PendingSet(uint32_t dim);

  // REQUIRES: embedding.size() == dim.
  void Add(ChunkId chunk, std::span<const uint16_t> embedding);

  uint32_t dim() const { return dim_; }
  uint64_t size() const { return size_; }
  uint64_t bytes() const { return size_ * RowBytes(dim_); }
  // What one chunk takes.
  static uint64_t RowBytes(uint32_t dim) { return sizeof(ChunkId) + dim * sizeof(uint16_t); }
  ChunkId chunk(uint64_t i) const;
  std::span<const uint16_t> row(uint64_t i) const;

 private:
  struct Segment;
  std::shared_ptr<Segment> CopySegment(const Segment& from, uint64_t rows) const;

  uint32_t dim_;
  uint64_t size_ = 0;
  std::vector<std::shared_ptr<Segment>> segments_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_PENDING_SET_H_
