#include "core/collection/document_copy.h"

#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

constexpr size_t kDocumentsPerPage = 64;
constexpr uint64_t kBytesPerCopyCommit = 2 << 20;
constexpr size_t kSkippedPerPage = 1000;
constexpr auto kSyncInterval = std::chrono::seconds(2);

uint64_t TextBytes(const DocumentRecord& document) {
  return document.chunks.empty() ? 0 : document.chunks.back().byte_end;
}

absl::Status ForEachSkipped(
    const CollectionStore& store,
    const std::function<absl::Status(const std::vector<SkippedFile>&)>& on_page) {
  std::string last;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<SkippedFile> page,
                          store.ListSkipped(last, kSkippedPerPage));
    if (page.empty()) return absl::OkStatus();
    ABSL_RETURN_IF_ERROR(on_page(page));
    last = page.back().path;
  }
}

}  // namespace

DocumentCopy::DocumentCopy(const CollectionStore* from, CollectionStore* to, Store* parent,
                           Ingest* ingest, CancellationPtr cancellation, ProgressReporter* progress)
    : from_(*from),
      to_(to),
      parent_(parent),
      ingest_(ingest),
      cancellation_(std::move(cancellation)),
      progress_(progress),
      synced_(std::chrono::steady_clock::now()) {}

absl::StatusOr<IndexReport> DocumentCopy::Run() {
  ABSL_ASSIGN_OR_RETURN(const CollectionCounts counts, from_.Counts());
  progress_->Update([&](IndexProgress& p) {
    p.phase = IndexPhase::kReading;
    p.files_found = counts.documents;
    p.bytes_found = counts.text_bytes;
  });
  ABSL_RETURN_IF_ERROR(DeleteOthers());
  std::string last;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<DocumentRecord> page,
                          from_.ListDocuments("", last, kDocumentsPerPage));
    if (page.empty()) break;
    ABSL_RETURN_IF_ERROR(CopyPage(page));
    last = page.back().id;
  }
  ABSL_RETURN_IF_ERROR(CopySkipped());
  ABSL_RETURN_IF_ERROR(parent_->Sync());
  return report_;
}

absl::Status DocumentCopy::CopyPage(const std::vector<DocumentRecord>& page) {
  std::vector<DocumentWrite> writes;
  uint64_t bytes = 0;
  for (const DocumentRecord& document : page) {
    ABSL_ASSIGN_OR_RETURN(const bool is_there, IsThere(document));
    if (is_there) {
      ++report_.unchanged;
    } else {
      ABSL_ASSIGN_OR_RETURN(DocumentWrite write, Read(document));
      writes.push_back(std::move(write));
      bytes += TextBytes(document);
    }
    if (bytes >= kBytesPerCopyCommit) {
      ABSL_RETURN_IF_ERROR(Commit(std::exchange(writes, {})));
      bytes = 0;
    }
    progress_->Update([&](IndexProgress& p) {
      ++p.files_done;
      p.bytes_done += document.source.size_bytes;
    });
  }
  return Commit(std::move(writes));
}

// The index time tells one version of a document from the next even where its source is the same.
absl::StatusOr<bool> DocumentCopy::IsThere(const DocumentRecord& document) const {
  ABSL_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> there, to_->GetDocument(document.id));
  return there && there->source == document.source &&
         there->index_time_us == document.index_time_us;
}

absl::StatusOr<DocumentWrite> DocumentCopy::Read(const DocumentRecord& document) const {
  std::vector<ChunkId> ids;
  for (const ChunkPlacement& placed : document.chunks) ids.push_back(placed.chunk);
  ABSL_ASSIGN_OR_RETURN(std::vector<std::optional<ChunkText>> found, from_.GetChunks(ids));
  std::vector<ChunkText> texts;
  for (size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) {
      return absl::DataLossError(absl::StrCat("chunk ", ids[i].value, " of document \"",
                                              document.id, "\" is not in the store"));
    }
    texts.push_back(*std::move(found[i]));
  }
  return ingest_->PrepareCopy(document, std::move(texts));
}

absl::Status DocumentCopy::Commit(std::vector<DocumentWrite> writes) {
  if (IsCancelled(cancellation_)) {
    return absl::CancelledError("copying documents was cancelled");
  }
  if (writes.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const CommitCounts counts,
                        ingest_->Commit(std::move(writes), /*sync=*/false, cancellation_));
  report_.added += counts.added;
  report_.updated += counts.updated;
  report_.chunks_embedded += counts.chunks_new;
  const auto now = std::chrono::steady_clock::now();
  const bool sync = now - synced_ >= kSyncInterval;
  if (sync) {
    ABSL_RETURN_IF_ERROR(parent_->Sync());
    synced_ = now;
  }
  progress_->Update([&](IndexProgress& p) {
    p.chunks_embedded += counts.chunks_new;
    if (sync) p.documents_committed = report_.added + report_.updated + report_.unchanged;
  });
  return absl::OkStatus();
}

absl::Status DocumentCopy::DeleteOthers() {
  std::vector<std::string> others;
  std::string last;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<DocumentRecord> page,
                          to_->ListDocuments("", last, kDocumentsPerPage));
    if (page.empty()) break;
    for (const DocumentRecord& document : page) {
      ABSL_ASSIGN_OR_RETURN(const auto here, from_.GetDocument(document.id));
      if (!here) others.push_back(document.id);
    }
    last = page.back().id;
  }
  ABSL_ASSIGN_OR_RETURN(report_.deleted, ingest_->Delete(others, /*sync=*/false));
  return absl::OkStatus();
}

// Files that an earlier attempt listed may be indexed by now.
absl::Status DocumentCopy::ClearSkipped() {
  std::set<std::string> roots;
  ABSL_RETURN_IF_ERROR(ForEachSkipped(*to_, [&](const std::vector<SkippedFile>& page) {
    for (const SkippedFile& file : page) roots.insert(file.root);
    return absl::OkStatus();
  }));
  for (const std::string& root : roots) ABSL_RETURN_IF_ERROR(to_->ClearSkipped(root));
  return absl::OkStatus();
}

absl::Status DocumentCopy::CopySkipped() {
  ABSL_RETURN_IF_ERROR(ClearSkipped());
  return ForEachSkipped(from_, [&](const std::vector<SkippedFile>& page) {
    report_.skipped += page.size();
    return to_->PutSkipped(page);
  });
}

}  // namespace seekd
