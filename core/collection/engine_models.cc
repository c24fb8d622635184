// Collections and their models: moving to another one, and models that came later.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/engine.h"

namespace seekd {
namespace {

// For searches that still run in a collection that has been replaced.
constexpr std::chrono::seconds kReleaseLimit{30};
constexpr std::chrono::milliseconds kReleaseInterval{5};

// False: somebody still holds it after kReleaseLimit, or there is no time to wait.
bool AwaitSoleOwner(const std::shared_ptr<Collection>& collection,
                    const CancellationPtr& cancellation) {
  const auto limit = std::chrono::steady_clock::now() + kReleaseLimit;
  while (collection.use_count() > 1) {
    if (IsCancelled(cancellation) || std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(kReleaseInterval);
  }
  return true;
}

absl::Status HasBeenDeleted(const std::string& name) {
  return absl::NotFoundError(absl::StrCat("collection \"", name, "\" has been deleted"));
}

absl::StatusOr<IndexReport> NothingToMove(const Collection& collection) {
  ABSL_ASSIGN_OR_RETURN(const CollectionCounts counts, collection.store().Counts());
  IndexReport report;
  report.unchanged = counts.documents;
  return report;
}

}  // namespace

absl::StatusOr<IndexReport> Engine::UseModel(const std::string& name, const std::string& model_id,
                                             const CancellationPtr& cancellation,
                                             const IndexProgressFn& progress) {
  const std::unique_lock moving(move_mutex_, std::try_to_lock);
  if (!moving.owns_lock()) {
    return absl::FailedPreconditionError(
        "a collection is moving to another model; ask again when it is done");
  }
  ABSL_ASSIGN_OR_RETURN(EmbeddingBackend* const model, models_->Find(model_id));
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<Collection> old, Find(name));
  if (old->backend().model().fingerprint == model->model().fingerprint) {
    ABSL_RETURN_IF_ERROR(RemoveSuccessor(name));
    ABSL_RETURN_IF_ERROR(old->NameModel(model_id));
    ABSL_RETURN_IF_ERROR(OpenAbsentAnew());
    return NothingToMove(*old);
  }
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<Collection> next, OpenSuccessor(name, model));
  const auto take_over = [&] { return Replace(old.get(), next); };
  absl::StatusOr<IndexReport> report = old->HandOver(next.get(), cancellation, progress, take_over);
  if (!report.ok()) return WhyNotMoved(*old, report.status());
  report->moved = true;
  // The move is done, whatever comes now: what stays of the old one, the next Open removes.
  if (AwaitSoleOwner(old, cancellation)) RemoveData(old->store().id()).IgnoreError();
  // Of models that were added meanwhile.
  OpenAbsentAnew().IgnoreError();
  return report;
}

bool Engine::IsServed(const Collection& collection) const {
  const auto it = collections_.find(collection.name());
  return it != collections_.end() && it->second.get() == &collection;
}

absl::Status Engine::WhyNotMoved(const Collection& old, const absl::Status& status) const {
  if (!absl::IsCancelled(status)) return status;
  std::lock_guard lock(mutex_);
  if (!IsServed(old)) return HasBeenDeleted(old.name());
  return absl::CancelledError("the change of the model was cancelled; what was done is kept");
}

absl::Status Engine::Replace(Collection* old, std::shared_ptr<Collection> next) {
  std::lock_guard lock(mutex_);
  if (!IsServed(*old)) return HasBeenDeleted(old->name());
  ABSL_RETURN_IF_ERROR(old->ReplaceWith(next.get()));
  collections_[old->name()] = std::move(next);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CollectionRecord>> Engine::FindSuccessor(
    const std::string& name) const {
  ABSL_ASSIGN_OR_RETURN(const std::vector<CollectionRecord> records, store_->ListCollections());
  const auto found = std::ranges::find_if(records, [&](const CollectionRecord& record) {
    return record.role == CollectionRole::kSuccessor && record.name == name;
  });
  if (found == records.end()) return std::nullopt;
  return *found;
}

// One of another model is given up.
absl::StatusOr<std::shared_ptr<Collection>> Engine::OpenSuccessor(const std::string& name,
                                                                  EmbeddingBackend* backend) {
  ABSL_ASSIGN_OR_RETURN(std::optional<CollectionRecord> record, FindSuccessor(name));
  if (record && record->model_fingerprint != backend->model().fingerprint) {
    ABSL_RETURN_IF_ERROR(RemoveData(record->id));
    record.reset();
  }
  if (!record) {
    record = NewRecord(name, backend->model());
    record->role = CollectionRole::kSuccessor;
    ABSL_ASSIGN_OR_RETURN(record, store_->CreateCollection(*std::move(record)));
  }
  // An interrupted move knew the model under its name of then.
  record->model_id = backend->model().id;
  return OpenOne(*record, backend);
}

absl::Status Engine::RemoveSuccessor(const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<CollectionRecord> record, FindSuccessor(name));
  return record ? RemoveData(record->id) : absl::OkStatus();
}

absl::Status Engine::ReopenAbsent() {
  // A collection that moves is on its way to a model that is there.
  const std::unique_lock moving(move_mutex_, std::try_to_lock);
  return moving.owns_lock() ? OpenAbsentAnew() : absl::OkStatus();
}

// Searches of other collections go on while models are loaded.
absl::Status Engine::OpenAbsentAnew() {
  absl::Status failed;
  for (const std::shared_ptr<Collection>& absent : List()) {
    if (absent->backend().presence().ok()) continue;
    const absl::StatusOr<EmbeddingBackend*> backend = FindBackend(absent->record());
    if (!backend.ok()) continue;
    absl::StatusOr<std::shared_ptr<Collection>> opened = OpenOne(absent->record(), *backend);
    failed.Update(opened.status());
    std::lock_guard lock(mutex_);
    if (opened.ok() && IsServed(*absent)) collections_[absent->name()] = *std::move(opened);
  }
  return failed;
}

}  // namespace seekd
