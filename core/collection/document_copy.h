// All documents of one collection into another, out of the stored text: what moving to another
// model begins with. Chunks that the other model takes stay as they are, longer ones are cut.
//
// Documents that stand there already as they are here are left alone, so that an interrupted copy
// goes on where it stopped; those that are here no more are deleted there.
//
// Used once, by the thread that constructed it. REQUIRES: no other writer of either collection.
#ifndef SEEKD_CORE_COLLECTION_DOCUMENT_COPY_H_
#define SEEKD_CORE_COLLECTION_DOCUMENT_COPY_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/collection/collection.h"
#include "core/collection/ingest.h"
#include "core/collection/progress_reporter.h"
#include "core/store/store.h"

namespace seekd {

class DocumentCopy {
 public:
  // All must outlive the copy; `ingest` writes to `to`, a collection of `parent`.
  DocumentCopy(const CollectionStore* from, CollectionStore* to, Store* parent, Ingest* ingest,
               CancellationPtr cancellation, ProgressReporter* progress);

  // Progress counts documents as files. CANCELLED: what was copied is kept.
  absl::StatusOr<IndexReport> Run();

 private:
  absl::Status CopyPage(const std::vector<DocumentRecord>& page);
  absl::StatusOr<bool> IsThere(const DocumentRecord& document) const;
  absl::StatusOr<DocumentWrite> Read(const DocumentRecord& document) const;
  absl::Status Commit(std::vector<DocumentWrite> writes);
  absl::Status DeleteOthers();
  absl::Status ClearSkipped();
  absl::Status CopySkipped();

  const CollectionStore& from_;
  CollectionStore* const to_;
  Store* const parent_;
  Ingest* const ingest_;
  const CancellationPtr cancellation_;
  ProgressReporter* const progress_;
  IndexReport report_;
  std::chrono::steady_clock::time_point synced_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_DOCUMENT_COPY_H_
