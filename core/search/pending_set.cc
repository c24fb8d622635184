#include "core/search/pending_set.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace seekd {
namespace {

constexpr uint64_t kSegmentRows = 1024;

}  // namespace

// Room for kSegmentRows rows, never moved. Copies of the set read the rows below
// their own size_; `taken` is how many rows any copy has written.
struct PendingSet::Segment {
  explicit Segment(uint32_t dim)
      : chunks(std::make_unique<ChunkId[]>(kSegmentRows)),
        values(new uint16_t[kSegmentRows * dim]) {}

  std::atomic<uint64_t> taken{0};
  std::unique_ptr<ChunkId[]> chunks;
  std::unique_ptr<uint16_t[]> values;  // row-major; rows are written before they are read
};

PendingSet::PendingSet(uint32_t dim) : dim_(dim) {}

void PendingSet::Add(ChunkId chunk, std::span<const uint16_t> embedding) {
  const uint64_t slot = size_ % kSegmentRows;
  if (slot == 0) {
    segments_.push_back(std::make_shared<Segment>(dim_));
  }
  uint64_t expected = slot;
  // Another copy of this set may have put its own row into the slot: then this
  // copy goes on in a segment of its own.
  if (!segments_.back()->taken.compare_exchange_strong(expected, slot + 1)) {
    segments_.back() = CopySegment(*segments_.back(), slot);
    segments_.back()->taken.store(slot + 1);
  }
  Segment& segment = *segments_.back();
  segment.chunks[slot] = chunk;
  std::copy(embedding.begin(), embedding.end(), segment.values.get() + slot * dim_);
  ++size_;
}

std::shared_ptr<PendingSet::Segment> PendingSet::CopySegment(const Segment& from,
                                                             uint64_t rows) const {
  auto copy = std::make_shared<Segment>(dim_);
  std::copy_n(from.chunks.get(), rows, copy->chunks.get());
  std::copy_n(from.values.get(), rows * dim_, copy->values.get());
  return copy;
}

ChunkId PendingSet::chunk(uint64_t i) const {
  return segments_[i / kSegmentRows]->chunks[i % kSegmentRows];
}

std::span<const uint16_t> PendingSet::row(uint64_t i) const {
  return {segments_[i / kSegmentRows]->values.get() + i % kSegmentRows * dim_, dim_};
}

}  // namespace seekd
