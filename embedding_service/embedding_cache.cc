#include "embedding_service/embedding_cache.h"

#include <algorithm>

namespace seekd {

EmbeddingCache::EmbeddingCache(uint32_t dim, uint64_t max_bytes)
    : entry_bytes_(dim * sizeof(float) + kEntryOverheadBytes),
      max_entries_(max_bytes / entry_bytes_) {}

bool EmbeddingCache::Get(ChunkId chunk, std::span<float> row) {
  std::lock_guard lock(mutex_);
  auto it = index_.find(chunk);
  if (it == index_.end()) return false;
  entries_.splice(entries_.begin(), entries_, it->second);
  std::ranges::copy(it->second->row, row.begin());
  return true;
}

void EmbeddingCache::Put(ChunkId chunk, std::span<const float> row) {
  if (max_entries_ == 0) return;
  std::lock_guard lock(mutex_);
  if (auto it = index_.find(chunk); it != index_.end()) {
    entries_.splice(entries_.begin(), entries_, it->second);
    return;
  }
  if (entries_.size() < max_entries_) {
    entries_.push_front({chunk, {row.begin(), row.end()}});
  } else {  // The oldest entry's memory serves the new one.
    index_.erase(entries_.back().chunk);
    entries_.splice(entries_.begin(), entries_, std::prev(entries_.end()));
    entries_.front().chunk = chunk;
    std::ranges::copy(row, entries_.front().row.begin());
  }
  index_[chunk] = entries_.begin();
}

void EmbeddingCache::Clear() {
  std::lock_guard lock(mutex_);
  entries_.clear();
  index_ = {};  // clear() would keep the table
}

uint64_t EmbeddingCache::rows() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace seekd
