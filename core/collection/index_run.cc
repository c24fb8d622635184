#include "core/collection/index_run.h"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

constexpr size_t kFilesPerBatch = 64;
constexpr uint64_t kBytesPerBatch = 2 << 20;
constexpr auto kCheckpointInterval = std::chrono::seconds(2);

std::string FolderPrefix(const std::string& folder) {
  return folder.ends_with('/') ? folder : folder + "/";
}

}  // namespace

IndexRun::IndexRun(std::string root, Store* parent, CollectionStore* store, Ingest* ingest,
                   const CollectionOptions* options, CancellationPtr cancellation,
                   ProgressReporter* progress)
    : root_(std::move(root)),
      parent_(parent),
      store_(store),
      ingest_(ingest),
      options_(options),
      cancellation_(std::move(cancellation)),
      progress_(progress),
      checkpoint_(std::chrono::steady_clock::now()) {}

absl::StatusOr<IndexReport> IndexRun::Run() {
  ABSL_RETURN_IF_ERROR(Scan());
  ABSL_RETURN_IF_ERROR(Compare());
  ABSL_RETURN_IF_ERROR(IngestChanged());
  ABSL_RETURN_IF_ERROR(DeleteVanished());
  ABSL_RETURN_IF_ERROR(ListSkipped());
  return report_;
}

absl::Status IndexRun::Scan() {
  progress_->Update([](IndexProgress& p) { p.phase = IndexPhase::kScanning; });
  ABSL_ASSIGN_OR_RETURN(listing_,
                        ScanFolder(root_, ScanOptions{options_->max_file_bytes}, cancellation_));
  return absl::OkStatus();
}

absl::Status IndexRun::Compare() {
  ABSL_RETURN_IF_ERROR(store_->ScanDocuments(FolderPrefix(root_), [&](const DocumentRecord& d) {
    // What was added by hand under such a name is not the folder's.
    if (!d.root.empty()) indexed_.emplace(d.id, d.source);
    return true;
  }));
  for (const FoundFile& file : listing_.files) {
    const auto it = indexed_.find(file.path);
    const bool unchanged = it != indexed_.end() && it->second.size_bytes == file.size_bytes &&
                           it->second.mtime_ns == file.mtime_ns;
    if (unchanged) {
      kept_.insert(file.path);
      ++report_.unchanged;
    } else {
      changed_.push_back(file);
    }
  }
  uint64_t changed_bytes = 0;
  for (const FoundFile& file : changed_) changed_bytes += file.size_bytes;
  progress_->Update([&](IndexProgress& p) {
    p.phase = IndexPhase::kReading;
    p.files_found = listing_.files.size();
    p.files_done = report_.unchanged;
    p.bytes_found = listing_.total_bytes;
    p.bytes_done = listing_.total_bytes - changed_bytes;
  });
  return absl::OkStatus();
}

absl::Status IndexRun::IngestChanged() {
  std::vector<std::thread> workers;
  for (uint32_t i = 0; i < ThreadCount(options_->threads); ++i) {
    workers.emplace_back([this] { WorkUntilDone(); });
  }
  for (std::thread& worker : workers) worker.join();
  // Also after an error: what was committed so far is kept.
  const absl::Status synced = parent_->Sync();
  return failure_.ok() ? synced : failure_;
}

void IndexRun::WorkUntilDone() {
  while (true) {
    const Batch batch = NextBatch();
    if (batch.empty()) return;
    absl::Status status = IngestBatch(batch);
    if (!status.ok()) return Fail(std::move(status));
  }
}

IndexRun::Batch IndexRun::NextBatch() {
  std::lock_guard lock(mutex_);
  Batch batch;
  if (!failure_.ok()) return batch;
  if (IsCancelled(cancellation_)) {
    failure_ = absl::CancelledError("indexing was cancelled; what was committed is kept");
    return batch;
  }
  uint64_t bytes = 0;
  while (next_changed_ < changed_.size() && batch.size() < kFilesPerBatch &&
         bytes < kBytesPerBatch) {
    bytes += changed_[next_changed_].size_bytes;
    batch.push_back(changed_[next_changed_++]);
  }
  return batch;
}

void IndexRun::Fail(absl::Status status) {
  std::lock_guard lock(mutex_);
  if (failure_.ok()) failure_ = std::move(status);
}

absl::Status IndexRun::IngestBatch(const Batch& batch) {
  std::vector<DocumentWrite> writes;
  uint64_t bytes = 0;
  for (const FoundFile& file : batch) {
    ABSL_RETURN_IF_ERROR(PrepareFile(file, &writes).status());
    bytes += file.size_bytes;
  }
  std::vector<std::string> ids;
  for (const DocumentWrite& write : writes) ids.push_back(write.document.id);
  ABSL_ASSIGN_OR_RETURN(const CommitCounts counts,
                        ingest_->Commit(std::move(writes), /*sync=*/false, cancellation_));
  {
    std::lock_guard lock(mutex_);
    report_.added += counts.added;
    report_.updated += counts.updated;
    report_.chunks_embedded += counts.chunks_new;
    kept_.insert(ids.begin(), ids.end());
  }
  progress_->Update([&](IndexProgress& p) {
    p.files_done += batch.size();
    p.bytes_done += bytes;
    p.chunks_embedded += counts.chunks_new;
  });
  return Checkpoint(ids.size());
}

// True when the file goes on to be embedded and committed.
absl::StatusOr<bool> IndexRun::PrepareFile(const FoundFile& file,
                                           std::vector<DocumentWrite>* writes) {
  absl::StatusOr<std::string> bytes = ReadWholeFile(file.path, options_->max_file_bytes);
  if (!bytes.ok()) {
    const bool vanished = absl::IsNotFound(bytes.status());
    Skip(file, std::string(bytes.status().message()), /*drop_indexed=*/vanished);
    return false;
  }
  const SourceStamp stamp{bytes->size(), file.mtime_ns, ComputeDigest(*bytes)};
  const auto it = indexed_.find(file.path);
  if (it != indexed_.end() && it->second.content == stamp.content) {
    ABSL_RETURN_IF_ERROR(store_->UpdateSourceStamp(file.path, stamp));
    std::lock_guard lock(mutex_);
    kept_.insert(file.path);
    ++report_.unchanged;
    return false;
  }
  absl::StatusOr<DocumentWrite> write =
      ingest_->Prepare({file.path, root_, /*title=*/"", /*media_type=*/"", stamp}, *bytes);
  if (!write.ok()) {
    Skip(file, std::string(write.status().message()), /*drop_indexed=*/true);
    return false;
  }
  writes->push_back(*std::move(write));
  return true;
}

// A file that was indexed before and cannot be read now keeps its old version
// unless `drop_indexed`: a passing error must not lose a document.
void IndexRun::Skip(const FoundFile& file, std::string reason, bool drop_indexed) {
  std::lock_guard lock(mutex_);
  listing_.skipped.push_back({file.path, root_, std::move(reason)});
  if (!drop_indexed && indexed_.contains(file.path)) kept_.insert(file.path);
}

absl::Status IndexRun::Checkpoint(uint64_t committed) {
  uint64_t total = 0;
  {
    std::lock_guard lock(mutex_);
    committed_ += committed;
    const auto now = std::chrono::steady_clock::now();
    if (now - checkpoint_ < kCheckpointInterval) return absl::OkStatus();
    checkpoint_ = now;
    total = committed_;
  }
  ABSL_RETURN_IF_ERROR(parent_->Sync());
  progress_->Update(
      [&](IndexProgress& p) { p.documents_committed = std::max(p.documents_committed, total); });
  return absl::OkStatus();
}

bool IndexRun::MustStay(const std::string& id) const {
  if (kept_.contains(id)) return true;
  return std::any_of(
      listing_.unreadable_folders.begin(), listing_.unreadable_folders.end(),
      [&](const std::string& folder) { return absl::StartsWith(id, FolderPrefix(folder)); });
}

absl::Status IndexRun::DeleteVanished() {
  std::vector<std::string> vanished;
  for (const auto& [id, stamp] : indexed_) {
    if (!MustStay(id)) vanished.push_back(id);
  }
  std::sort(vanished.begin(), vanished.end());
  ABSL_ASSIGN_OR_RETURN(report_.deleted, ingest_->Delete(vanished, /*sync=*/true));
  progress_->Update([&](IndexProgress& p) { p.documents_committed = committed_; });
  return absl::OkStatus();
}

absl::Status IndexRun::ListSkipped() {
  report_.skipped = listing_.skipped.size();
  ABSL_RETURN_IF_ERROR(store_->ClearSkipped(root_));
  return store_->PutSkipped(listing_.skipped);
}

}  // namespace seekd
