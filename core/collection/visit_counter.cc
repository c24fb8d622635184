#include "core/collection/visit_counter.h"

#include <algorithm>
#include <limits>

namespace seekd {

void VisitCounter::Add(std::span<const ChunkId> chunks) {
  std::lock_guard lock(mutex_);
  for (const ChunkId chunk : chunks) AddOne(chunk, 1);
}

void VisitCounter::Add(std::span<const ChunkVisits> visits) {
  std::lock_guard lock(mutex_);
  for (const ChunkVisits& counted : visits) AddOne(counted.chunk, counted.visits);
}

void VisitCounter::AddOne(ChunkId chunk, uint32_t visits) {
  uint32_t& count = visits_[chunk];
  count += std::min(visits, std::numeric_limits<uint32_t>::max() - count);
  if (visits_.size() > max_chunks_) Fade();
}

void VisitCounter::Fade() {
  while (visits_.size() > max_chunks_ / 2) {
    for (auto& [chunk, count] : visits_) count /= 2;
    absl::erase_if(visits_, [](const auto& entry) { return entry.second == 0; });
  }
}

void VisitCounter::Retain(std::span<const ChunkId> chunks) {
  std::lock_guard lock(mutex_);
  absl::erase_if(
      visits_, [&](const auto& entry) { return !std::ranges::binary_search(chunks, entry.first); });
}

std::vector<uint32_t> VisitCounter::Of(std::span<const ChunkId> chunks) const {
  std::vector<uint32_t> result;
  result.reserve(chunks.size());
  std::lock_guard lock(mutex_);
  for (const ChunkId chunk : chunks) {
    const auto it = visits_.find(chunk);
    result.push_back(it == visits_.end() ? 0 : it->second);
  }
  return result;
}

std::vector<ChunkVisits> VisitCounter::ToVector() const {
  std::vector<ChunkVisits> result;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [chunk, count] : visits_) result.push_back({chunk, count});
  }
  std::ranges::sort(result, {}, &ChunkVisits::chunk);
  return result;
}

}  // namespace seekd
