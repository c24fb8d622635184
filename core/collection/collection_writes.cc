// The writers of a collection: what adds, removes and moves documents, and builds generations.
#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/collection/collection.h"
#include "core/collection/document_copy.h"
#include "core/collection/index_run.h"
#include "core/collection/ingest.h"
#include "core/collection/progress_reporter.h"
#include "core/collection/rebuild.h"
#include "core/index/generation_builder.h"
#include "core/index/generation_folder.h"

namespace seekd {
namespace {

constexpr size_t kDocumentsPerCommit = 64;
// Reading and tokenising a chunk's text, beside the encoder's time for it.
constexpr double kReadRowUs = 25;

using Clock = std::chrono::steady_clock;

int64_t MicrosSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void Collection::Retire() {
  std::lock_guard lock(write_mutex_);
  retired_ = true;
}

absl::Status Collection::CheckWritable() const {
  if (!retired_) return backend_->presence();
  if (record().role == CollectionRole::kReplaced) return HasMoved(name());
  return absl::NotFoundError(absl::StrCat("collection \"", name(), "\" has been deleted"));
}

absl::StatusOr<IndexReport> Collection::HandOver(Collection* next,
                                                 const CancellationPtr& cancellation,
                                                 const IndexProgressFn& progress,
                                                 const std::function<absl::Status()>& take_over) {
  const auto lock = LockBeforeBackground();
  if (retired_) return CheckWritable();
  // Its index is built by them.
  const CollectionSettings own = settings();
  ABSL_RETURN_IF_ERROR(next->UpdateSettings([&](CollectionSettings* theirs) { *theirs = own; }));
  ABSL_ASSIGN_OR_RETURN(const IndexReport report, next->CopyFrom(*store_, cancellation, progress));
  ABSL_RETURN_IF_ERROR(take_over());
  retired_ = true;
  return report;
}

absl::StatusOr<IndexReport> Collection::CopyFrom(const CollectionStore& from,
                                                 const CancellationPtr& cancellation,
                                                 const IndexProgressFn& progress) {
  const Clock::time_point begin = Clock::now();
  const auto lock = LockBeforeBackground();
  ABSL_RETURN_IF_ERROR(CheckWritable());
  ProgressReporter reporter(progress);
  Ingest ingest(store_.get(), backend_, &live_, &options_);
  DocumentCopy copy(&from, store_.get(), parent_, &ingest, cancellation, &reporter);
  ABSL_ASSIGN_OR_RETURN(IndexReport report, copy.Run());
  ABSL_RETURN_IF_ERROR(EndRun(/*force=*/true, cancellation, &reporter, &report));
  report.elapsed_us = MicrosSince(begin);
  return report;
}

// What a run of reading or copying ends with.
absl::Status Collection::EndRun(bool force, const CancellationPtr& cancellation,
                                ProgressReporter* reporter, IndexReport* report) {
  ABSL_ASSIGN_OR_RETURN(report->rebuilt, Rebuild(force, cancellation, reporter));
  ABSL_RETURN_IF_ERROR(parent_->Sync());
  reporter->Update([](IndexProgress& p) { p.phase = IndexPhase::kDone; });
  return absl::OkStatus();
}

absl::Status Collection::RememberRoot(const std::string& root) {
  {
    std::lock_guard lock(record_mutex_);
    if (std::ranges::find(record_.roots, root) != record_.roots.end()) return absl::OkStatus();
  }
  return ChangeRecord([&](CollectionRecord* record) {
    record->roots.push_back(root);
    return absl::OkStatus();
  });
}

absl::StatusOr<IndexReport> Collection::IndexFolder(const std::string& root,
                                                    const CancellationPtr& cancellation,
                                                    const IndexProgressFn& progress) {
  const Clock::time_point begin = Clock::now();
  const auto lock = LockBeforeBackground();
  ABSL_RETURN_IF_ERROR(CheckWritable());
  ProgressReporter reporter(progress);
  Ingest ingest(store_.get(), backend_, &live_, &options_);
  IndexRun run(root, parent_, store_.get(), &ingest, &options_, cancellation, &reporter);
  ABSL_ASSIGN_OR_RETURN(IndexReport report, run.Run());
  ABSL_RETURN_IF_ERROR(RememberRoot(root));
  ABSL_RETURN_IF_ERROR(EndRun(/*force=*/false, cancellation, &reporter, &report));
  report.elapsed_us = MicrosSince(begin);
  return report;
}

absl::StatusOr<AddReport> Collection::AddDocuments(std::vector<NewDocument> documents,
                                                   const CancellationPtr& cancellation) {
  const auto lock = LockBeforeBackground();
  ABSL_RETURN_IF_ERROR(CheckWritable());
  Ingest ingest(store_.get(), backend_, &live_, &options_);
  AddReport report;
  std::vector<DocumentWrite> batch;
  const auto commit = [&]() -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const CommitCounts counts,
                          ingest.Commit(std::exchange(batch, {}), /*sync=*/true, cancellation));
    report.added += counts.added;
    report.updated += counts.updated;
    report.chunks_embedded += counts.chunks_new;
    return absl::OkStatus();
  };
  for (const NewDocument& document : documents) {
    absl::StatusOr<std::optional<DocumentWrite>> write = PrepareNew(document, ingest);
    if (!write.ok()) {
      report.failures.push_back({document.id, write.status()});
    } else if (!write->has_value()) {
      ++report.unchanged;
    } else {
      batch.push_back(**std::move(write));
    }
    if (batch.size() == kDocumentsPerCommit) ABSL_RETURN_IF_ERROR(commit());
  }
  if (!batch.empty()) ABSL_RETURN_IF_ERROR(commit());
  return report;
}

// Nothing when the same document stands in the store already.
absl::StatusOr<std::optional<DocumentWrite>> Collection::PrepareNew(const NewDocument& document,
                                                                    const Ingest& ingest) const {
  if (document.id.empty()) return absl::InvalidArgumentError("a document needs an id");
  if (document.bytes.size() > options_.max_file_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "too large (", document.bytes.size(), " bytes; at most ", options_.max_file_bytes, ")"));
  }
  const int64_t mtime_ns = document.modify_time_us == 0 ? NowNs() : document.modify_time_us * 1000;
  const SourceStamp stamp{document.bytes.size(), mtime_ns, ComputeDigest(document.bytes)};
  ABSL_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> known,
                        store_->GetDocument(document.id));
  const bool same = known && known->source.content == stamp.content && known->root.empty() &&
                    (document.title.empty() || known->title == document.title) &&
                    (document.media_type.empty() || known->media_type == document.media_type);
  if (same) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(
      DocumentWrite write,
      ingest.Prepare({document.id, /*root=*/"", document.title, document.media_type, stamp},
                     document.bytes));
  return write;
}

absl::Status Collection::DeleteDocuments(const std::vector<std::string>& ids) {
  std::lock_guard lock(write_mutex_);
  ABSL_RETURN_IF_ERROR(CheckWritable());
  absl::Status unknown;
  for (const std::string& id : ids) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> known, store_->GetDocument(id));
    if (!known && unknown.ok()) {
      unknown = absl::NotFoundError(absl::StrCat("no document \"", id, "\" in this collection"));
    }
  }
  Ingest ingest(store_.get(), backend_, &live_, &options_);
  ABSL_RETURN_IF_ERROR(ingest.Delete(ids, /*sync=*/true).status());
  return unknown;
}

absl::StatusOr<bool> Collection::Optimize(bool force, const CancellationPtr& cancellation,
                                          const IndexProgressFn& progress) {
  const auto lock = LockBeforeBackground();
  ABSL_RETURN_IF_ERROR(CheckWritable());
  ProgressReporter reporter(progress);
  return Rebuild(force, cancellation, &reporter);
}

absl::StatusOr<bool> Collection::BuildDeferred(const std::shared_ptr<Cancellation>& cancellation) {
  if (live_.Get()->deferred == 0) return false;
  const std::unique_lock lock(write_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  ABSL_RETURN_IF_ERROR(CheckWritable());
  {
    std::lock_guard background_lock(background_mutex_);
    if (builders_waiting_ > 0) return false;
    background_ = cancellation;
  }
  ProgressReporter reporter{IndexProgressFn()};
  absl::StatusOr<bool> built = Rebuild(/*force=*/false, cancellation, &reporter);
  std::lock_guard background_lock(background_mutex_);
  background_.reset();
  return built;
}

std::unique_lock<std::mutex> Collection::LockBeforeBackground() {
  {
    std::lock_guard lock(background_mutex_);
    ++builders_waiting_;
    if (background_ != nullptr) background_->Cancel();
  }
  std::unique_lock writing(write_mutex_);
  std::lock_guard lock(background_mutex_);
  --builders_waiting_;
  return writing;
}

// Whether the generation was built by other settings than today's.
bool Collection::GrantHasChanged(const Manifest& built) const {
  // A generation from before the shares were recorded was built by the default.
  const double share = built.max_index_share > 0 ? built.max_index_share : options_.max_index_share;
  return share != GrantedIndexShare() || built.hot_share != settings().hot_share;
}

bool Collection::RebuildIsDue(const Snapshot& snapshot, bool force) const {
  const uint64_t changes = snapshot.pending->size() + snapshot.dead->size();
  // A lost generation is rebuilt from the stored text.
  if (!snapshot.Usable().ok()) return true;
  if (snapshot.deferred > 0) return true;
  if (snapshot.generation != nullptr && GrantHasChanged(snapshot.generation->manifest())) {
    return true;
  }
  if (changes == 0) return false;
  if (force || snapshot.generation == nullptr) return true;
  const double nodes = snapshot.generation->graph().node_count();
  return changes >= options_.rebuild_min_changes &&
         static_cast<double>(changes) >= options_.rebuild_share * nodes;
}

absl::StatusOr<bool> Collection::Rebuild(bool force, const CancellationPtr& cancellation,
                                         ProgressReporter* reporter) {
  const std::shared_ptr<const Snapshot> snapshot = live_.Get();
  if (!RebuildIsDue(*snapshot, force)) return false;
  ABSL_ASSIGN_OR_RETURN(const std::vector<ChunkId> chunks, store_->LiveChunks());
  ABSL_ASSIGN_OR_RETURN(const uint64_t number,
                        BuildNext(chunks, *snapshot->pending, cancellation, reporter));
  reporter->Update([](IndexProgress& p) { p.phase = IndexPhase::kPublishing; });
  // The writer's lock is held: nothing has changed since `snapshot`. The order
  // below is safe to stop anywhere: embeddings leave only after the generation
  // that replaces them is the published one, and removals can be repeated.
  ABSL_RETURN_IF_ERROR(parent_->Sync());
  ABSL_RETURN_IF_ERROR(PublishGeneration(folder_, number));
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<const Generation> generation,
                        OpenCurrent(folder_, backend_->model().codebooks.get()));
  live_.Publish(std::move(generation), ChunkSet());
  ABSL_RETURN_IF_ERROR(store_->ClearPending());
  ABSL_RETURN_IF_ERROR(store_->PurgeDead(snapshot->dead->ToVector()));
  visits_.Retain(chunks);
  ABSL_RETURN_IF_ERROR(SaveVisits());
  ABSL_RETURN_IF_ERROR(RemoveOtherGenerations(folder_, number));
  ABSL_RETURN_IF_ERROR(parent_->Compact());
  NoteUse();
  return true;
}

absl::StatusOr<uint64_t> Collection::BuildNext(const std::vector<ChunkId>& chunks,
                                               const PendingSet& pending,
                                               const CancellationPtr& cancellation,
                                               ProgressReporter* reporter) {
  reporter->Update([&](IndexProgress& p) {
    p.phase = IndexPhase::kBuilding;
    p.build_total = BuildSteps(chunks.size());
  });
  const ChunkRows rows(chunks, pending, source_.get(), cancellation);
  ABSL_ASSIGN_OR_RETURN(const PseudoQueries queries,
                        MakePseudoQueries(chunks, kPseudoQueries, *store_, backend_, cancellation));
  ABSL_ASSIGN_OR_RETURN(const CollectionCounts counts, store_->Counts());
  GenerationInput input;
  input.max_index_share = GrantedIndexShare();
  input.hot_share = settings().hot_share;
  ABSL_ASSIGN_OR_RETURN(input.generation, NextGeneration(folder_));
  input.model_id = backend_->model().id;
  input.model_fingerprint = backend_->model().fingerprint;
  input.codebooks = backend_->model().codebooks.get();
  input.chunks = chunks;
  input.rows = &rows;
  input.queries = &queries;
  // No less than the usual: the rows of a fast core would cost so little that an idle moment
  // decided between one graph and another.
  input.row_us = std::max(input.row_us, backend_->row_us() + kReadRowUs);
  input.work_folder = absl::StrCat(folder_, "/build");
  const auto granted =
      static_cast<uint64_t>(input.max_index_share * static_cast<double>(counts.text_bytes));
  GenerationOptions options = OptionsForBudget({.bytes = granted,
                                                .nodes = chunks.size(),
                                                .shared_codebook = input.codebooks != nullptr,
                                                .row_us = input.row_us,
                                                .threads = options_.threads});
  options.max_embedding_bytes = options_.max_build_bytes;
  // In memory and in the store.
  options.held_embedding_bytes = 2 * pending.bytes();
  options.max_hot_bytes =
      static_cast<uint64_t>(input.hot_share * static_cast<double>(counts.text_bytes));
  const std::vector<uint32_t> visits = visits_.Of(chunks);
  input.visits = visits;
  const auto report = [&](uint64_t done) {
    reporter->Update([&](IndexProgress& p) { p.build_done = std::max(p.build_done, done); });
  };
  ABSL_RETURN_IF_ERROR(BuildGeneration(GenerationPath(folder_, input.generation), input, options,
                                       cancellation, report)
                           .status());
  return input.generation;
}

}  // namespace seekd
