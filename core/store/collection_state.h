// What all handles of one collection share in memory.
#ifndef SEEKD_CORE_STORE_COLLECTION_STATE_H_
#define SEEKD_CORE_STORE_COLLECTION_STATE_H_

#include <cstdint>
#include <mutex>

#include "absl/status/status.h"
#include "core/store/database.h"
#include "core/store/records.h"

namespace seekd {

struct CollectionState {
  // Held through each mutation.
  std::mutex write_mutex;
  bool deleted = false;  // guarded by write_mutex

  // Held for a moment: counts are read while a mutation runs.
  mutable std::mutex mutex;
  CollectionTotals totals;  // guarded by mutex; of what has been written
  uint32_t dim = 0;         // guarded by mutex

  CollectionTotals Totals() const {
    std::lock_guard lock(mutex);
    return totals;
  }
  void SetTotals(const CollectionTotals& written) {
    std::lock_guard lock(mutex);
    totals = written;
  }
  uint32_t Dim() const {
    std::lock_guard lock(mutex);
    return dim;
  }
  // NOT_FOUND after DeleteCollection. REQUIRES: write_mutex.
  absl::Status CheckExists() const {
    return deleted ? absl::NotFoundError("the collection has been deleted") : absl::OkStatus();
  }
};

// Writes `batch` and `totals` as one, and makes `totals` the state's. REQUIRES:
// state->write_mutex.
absl::Status Commit(const Database& database, CollectionId collection,
                    const CollectionTotals& totals, bool sync, rocksdb::WriteBatch* batch,
                    CollectionState* state);

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_COLLECTION_STATE_H_
