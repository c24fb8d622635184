// What searches see: one immutable Snapshot, swapped whole. A query pins a
// shared_ptr at its start and keeps it to its end.
//
// Thread safety: any thread may call any member; a replaced snapshot is
// destroyed outside the lock.
#ifndef SEEKD_CORE_COLLECTION_LIVE_INDEX_H_
#define SEEKD_CORE_COLLECTION_LIVE_INDEX_H_

#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "core/index/generation.h"
#include "core/search/chunk_filter.h"
#include "core/search/pending_set.h"
#include "core/search/search.h"
#include "core/store/store.h"

namespace seekd {

struct Snapshot {
  std::shared_ptr<const Generation> generation;  // null: none published
  std::shared_ptr<const PendingSet> pending;     // never null
  std::shared_ptr<const ChunkSet> dead;          // never null
  // Chunks of the store in neither of them: without an embedding, not searchable before
  // the next generation. Those that died since are counted, as in `pending`.
  uint64_t deferred = 0;
  uint64_t version = 0;  // grows with every change
  absl::Status health;   // why the generation could not be opened

  // OK, or why searches must fail.
  absl::Status Usable() const;
  // Borrowed pieces; `filter` may be null. Both must outlive the search.
  SearchIndex Index(const ChunkFilter* filter) const;
};

class LiveIndex {
 public:
  explicit LiveIndex(uint32_t dim);

  std::shared_ptr<const Snapshot> Get() const;

  // State found at open.
  void Reset(std::shared_ptr<const Generation> generation, absl::Status health, PendingSet pending,
             uint64_t deferred, ChunkSet dead);
  // What a committed write changed.
  void Apply(const ChunkChanges& changes);
  // A new generation that holds every chunk that was pending or deferred.
  void Publish(std::shared_ptr<const Generation> generation, ChunkSet still_dead);

 private:
  void Swap(std::shared_ptr<Snapshot> next);  // REQUIRES: write_mutex_ held

  const uint32_t dim_;
  std::mutex write_mutex_;  // serialises Apply and Publish
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_LIVE_INDEX_H_
