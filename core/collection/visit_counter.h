// How often searches asked for each chunk's embedding: what the hot cache of the
// next generation is chosen by. Only ids and counts are kept, never text.
//
// Bounded: when it counts `max_chunks` chunks, all counts are halved and those that
// become 0 forgotten, until half of them are left. So old habits fade.
//
// Thread safety: any thread may call any member.
#ifndef SEEKD_CORE_COLLECTION_VISIT_COUNTER_H_
#define SEEKD_CORE_COLLECTION_VISIT_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/base/ids.h"
#include "core/store/store.h"

namespace seekd {

class VisitCounter {
 public:
  static constexpr size_t kMaxChunks = 1 << 18;  // about 9 MB

  // REQUIRES: max_chunks >= 1.
  explicit VisitCounter(size_t max_chunks = kMaxChunks) : max_chunks_(max_chunks) {}

  // One visit of each.
  void Add(std::span<const ChunkId> chunks);
  // Counts of an earlier session.
  void Add(std::span<const ChunkVisits> visits);
  // Forgets all chunks but these. REQUIRES: ascending.
  void Retain(std::span<const ChunkId> chunks);

  // result[i] belongs to chunks[i].
  std::vector<uint32_t> Of(std::span<const ChunkId> chunks) const;
  // All that were visited, ascending by id.
  std::vector<ChunkVisits> ToVector() const;

 private:
  void AddOne(ChunkId chunk, uint32_t visits);  // REQUIRES: mutex_ held
  void Fade();                                  // REQUIRES: mutex_ held

  const size_t max_chunks_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<ChunkId, uint32_t> visits_;  // guarded by mutex_
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_VISIT_COUNTER_H_
