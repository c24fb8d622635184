// The rows that this session recomputed last, by chunk: an LRU of fp32 rows
// under a byte budget. Chunk ids are never reused and their content never
// changes, so nothing ever has to be invalidated.
// Thread safety: any thread may call any member.
#ifndef SEEKD_EMBEDDING_SERVICE_EMBEDDING_CACHE_H_
#define SEEKD_EMBEDDING_SERVICE_EMBEDDING_CACHE_H_

#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/ids.h"

namespace seekd {

class EmbeddingCache {
 public:
  // Rows of `dim` floats; `max_bytes` counts the rows and kEntryOverheadBytes
  // each. 0 keeps nothing.
  EmbeddingCache(uint32_t dim, uint64_t max_bytes);

  // Copies the row into `row` (dim floats) and makes it the youngest.
  bool Get(ChunkId chunk, std::span<float> row);
  // A row that is there already becomes the youngest.
  void Put(ChunkId chunk, std::span<const float> row);

  // Gives all memory back.
  void Clear();

  uint64_t rows() const;
  uint64_t bytes() const { return rows() * entry_bytes_; }
  static constexpr uint64_t kEntryOverheadBytes = 96;  // list node, map slot, allocations

 private:
  struct Entry {
    ChunkId chunk;
    std::vector<float> row;
  };

  const uint64_t entry_bytes_;
  const uint64_t max_entries_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // youngest first
  absl::flat_hash_map<ChunkId, std::list<Entry>::iterator> index_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_EMBEDDING_CACHE_H_
