// One reconciliation of a collection with a folder: scan → compare with the
// store → read, embed and commit what is new or changed (several workers) →
// delete what vanished → list what was skipped.
//
// Used once, by the thread that constructed it; it runs its own workers.
#ifndef SEEKD_CORE_COLLECTION_INDEX_RUN_H_
#define SEEKD_CORE_COLLECTION_INDEX_RUN_H_

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/collection/collection.h"
#include "core/collection/folder_scan.h"
#include "core/collection/ingest.h"
#include "core/collection/options.h"
#include "core/collection/progress_reporter.h"
#include "core/store/store.h"

namespace seekd {

class IndexRun {
 public:
  // All must outlive the run.
  IndexRun(std::string root, Store* parent, CollectionStore* store, Ingest* ingest,
           const CollectionOptions* options, CancellationPtr cancellation,
           ProgressReporter* progress);

  absl::StatusOr<IndexReport> Run();

 private:
  using Batch = std::vector<FoundFile>;

  absl::Status Scan();
  absl::Status Compare();
  absl::Status IngestChanged();
  void WorkUntilDone();
  Batch NextBatch();
  absl::Status IngestBatch(const Batch& batch);
  absl::StatusOr<bool> PrepareFile(const FoundFile& file, std::vector<DocumentWrite>* writes);
  absl::Status Checkpoint(uint64_t committed);
  absl::Status DeleteVanished();
  absl::Status ListSkipped();
  void Skip(const FoundFile& file, std::string reason, bool drop_indexed);
  bool MustStay(const std::string& id) const;
  void Fail(absl::Status status);

  const std::string root_;
  Store* const parent_;
  CollectionStore* const store_;
  Ingest* const ingest_;
  const CollectionOptions* const options_;
  const CancellationPtr cancellation_;
  ProgressReporter* const progress_;

  FolderListing listing_;
  // Documents of the store below the root; what is left at the end vanished.
  absl::flat_hash_map<std::string, SourceStamp> indexed_;
  std::vector<FoundFile> changed_;

  std::mutex mutex_;  // guards what follows
  size_t next_changed_ = 0;
  absl::Status failure_;
  absl::flat_hash_set<std::string> kept_;  // indexed before and still right
  IndexReport report_;
  uint64_t committed_ = 0;
  std::chrono::steady_clock::time_point checkpoint_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_INDEX_RUN_H_
