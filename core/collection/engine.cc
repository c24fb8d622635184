#include "core/collection/engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/collection/absent_model.h"

namespace seekd {
namespace {

constexpr size_t kMaxNameBytes = 63;

absl::Status NoSuchCollection(const std::string& name) {
  return absl::NotFoundError(absl::StrCat("no collection \"", name,
                                          "\". `seek ls` lists them; `seek index -c ", name,
                                          " FOLDER` makes it."));
}

// Chunks that the encoder takes whole, the model's prefix before them.
absl::StatusOr<ChunkingOptions> ChunkingFor(EmbeddingBackend* backend,
                                            const ChunkingOptions& wanted) {
  const uint32_t limit = backend->encoder().max_input_tokens();
  const uint32_t prefix = backend->tokenizer().CountTokens(backend->model().passage_prefix);
  const ChunkingOptions chunking = wanted.Within(limit - std::min(limit, prefix));
  if (const absl::Status status = chunking.Validate(); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("model ", backend->model().id, " takes ", limit, " tokens, ", prefix,
                     " of them for its prefix, too few for a chunk: ", status.message()));
  }
  return chunking;
}

absl::Status MissingModel(const CollectionRecord& record,
                          const absl::StatusOr<EmbeddingBackend*>& found) {
  const std::string why = found.ok() ? absl::StrCat("the model of that name here has fingerprint ",
                                                    (*found)->model().fingerprint)
                                     : std::string(found.status().message());
  return absl::FailedPreconditionError(absl::StrCat(
      "collection \"", record.name, "\" was made with model ", record.model_id, ", fingerprint ",
      record.model_fingerprint, ", which this daemon does not have: ", why,
      ". Add that model (`seek model add DIR`), or move the collection to one that is here: "
      "`seek -c ",
      record.name, " model use NAME`."));
}

}  // namespace

absl::Status ValidateCollectionName(const std::string& name) {
  bool ok = !name.empty() && name.size() <= kMaxNameBytes && name.front() != '-';
  for (const char c : name)
    ok = ok && (absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-');
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("collection name \"", name.substr(0, kMaxNameBytes), "\": expected 1 to ",
                   kMaxNameBytes, " of a-z, 0-9 and '-', not beginning with '-'"));
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(const std::string& data_dir,
                                                     ModelProvider* models,
                                                     const CollectionOptions& options) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  ABSL_RETURN_IF_ERROR(ChunkingFor(models->default_model(), options.chunking).status());
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(data_dir));
  ABSL_ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(absl::StrCat(data_dir, "/LOCK")));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                        Store::Open(absl::StrCat(data_dir, "/store"), StoreOptions()));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(absl::StrCat(data_dir, "/collections")));
  std::unique_ptr<Engine> engine(
      new Engine(data_dir, std::move(lock), std::move(store), models, options));
  ABSL_RETURN_IF_ERROR(engine->OpenAll());
  return engine;
}

Engine::Engine(std::string data_dir, FileLock lock, std::unique_ptr<Store> store,
               ModelProvider* models, const CollectionOptions& options)
    : data_dir_(std::move(data_dir)),
      lock_(std::move(lock)),
      store_(std::move(store)),
      models_(models),
      options_(options) {}

Engine::~Engine() = default;

// Successors wait for the next UseModel. What a crash left of the others goes.
absl::Status Engine::OpenAll() {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(const std::vector<CollectionRecord> records, store_->ListCollections());
  for (const CollectionRecord& record : records) {
    if (record.role != CollectionRole::kServed) continue;
    ABSL_ASSIGN_OR_RETURN(collections_[record.name], OpenOne(record, BackendOf(record)));
  }
  for (const CollectionRecord& record : records) {
    const bool orphan =
        record.role == CollectionRole::kSuccessor && !collections_.contains(record.name);
    if (orphan || record.role == CollectionRole::kReplaced) {
      ABSL_RETURN_IF_ERROR(RemoveData(record.id));
    }
  }
  return absl::OkStatus();
}

std::string Engine::CollectionFolder(CollectionId id) const {
  return absl::StrCat(data_dir_, "/collections/", id.value);
}

absl::StatusOr<EmbeddingBackend*> Engine::FindBackend(const CollectionRecord& record) const {
  EmbeddingBackend* const usual = models_->default_model();
  if (usual->model().fingerprint == record.model_fingerprint) return usual;
  const absl::StatusOr<EmbeddingBackend*> found = models_->Find(record.model_id);
  if (found.ok() && (*found)->model().fingerprint == record.model_fingerprint) return found;
  return MissingModel(record, found);
}

EmbeddingBackend* Engine::BackendOf(const CollectionRecord& record) {
  absl::StatusOr<EmbeddingBackend*> found = FindBackend(record);
  if (found.ok()) return *found;
  absent_.push_back(std::make_unique<AbsentModel>(
      ModelInfo{record.model_id, record.model_fingerprint, record.dim},
      &models_->default_model()->tokenizer(), found.status()));
  return absent_.back().get();
}

absl::StatusOr<std::shared_ptr<Collection>> Engine::OpenOne(const CollectionRecord& record,
                                                            EmbeddingBackend* backend) {
  CollectionOptions fitted = options_;
  ABSL_ASSIGN_OR_RETURN(fitted.chunking, ChunkingFor(backend, options_.chunking));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<CollectionStore> store, store_->OpenCollection(record.id));
  return Collection::Open(std::move(store), record, CollectionFolder(record.id), store_.get(),
                          backend, fitted);
}

CollectionRecord Engine::NewRecord(const std::string& name, const ModelInfo& model) {
  CollectionRecord record;
  record.name = name;
  record.model_id = model.id;
  record.model_fingerprint = model.fingerprint;
  record.dim = model.dim;
  record.create_time_us = NowUs();
  return record;
}

absl::StatusOr<std::shared_ptr<Collection>> Engine::Create(const std::string& name,
                                                           const CollectionSettings& settings) {
  ABSL_RETURN_IF_ERROR(ValidateCollectionName(name));
  ABSL_RETURN_IF_ERROR(settings.Validate());
  std::lock_guard lock(mutex_);
  if (collections_.contains(name)) {
    return absl::AlreadyExistsError(absl::StrCat("collection \"", name, "\" exists already"));
  }
  EmbeddingBackend* const model = models_->default_model();
  CollectionRecord record = NewRecord(name, model->model());
  record.settings = settings;
  ABSL_ASSIGN_OR_RETURN(record, store_->CreateCollection(std::move(record)));
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<Collection> collection, OpenOne(record, model));
  collections_.emplace(name, collection);
  return collection;
}

absl::StatusOr<std::shared_ptr<Collection>> Engine::Find(const std::string& name) const {
  ABSL_RETURN_IF_ERROR(ValidateCollectionName(name));
  std::lock_guard lock(mutex_);
  const auto it = collections_.find(name);
  if (it == collections_.end()) return NoSuchCollection(name);
  return it->second;
}

std::vector<std::shared_ptr<Collection>> Engine::List() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Collection>> all;
  for (const auto& [name, collection] : collections_) all.push_back(collection);
  return all;
}

absl::Status Engine::Delete(const std::string& name) {
  std::shared_ptr<Collection> collection;
  {
    std::lock_guard lock(mutex_);
    const auto it = collections_.find(name);
    if (it == collections_.end()) return NoSuchCollection(name);
    collection = std::move(it->second);
    collections_.erase(it);
  }
  collection->Retire();  // waits for a running writer; later ones are refused
  ABSL_RETURN_IF_ERROR(RemoveData(collection->store().id()));
  return RemoveSuccessor(name);
}

absl::Status Engine::RemoveData(CollectionId id) {
  ABSL_RETURN_IF_ERROR(store_->DeleteCollection(id));
  ABSL_RETURN_IF_ERROR(RemoveTree(CollectionFolder(id)));
  // Gives space back, now or with a later build: a full disk may not let it.
  store_->Compact().IgnoreError();
  return absl::OkStatus();
}

absl::StatusOr<DirectoryLedger> Engine::Ledger() const {
  DirectoryLedger ledger;
  ABSL_ASSIGN_OR_RETURN(ledger.store_bytes, store_->StoreBytes());
  ABSL_ASSIGN_OR_RETURN(ledger.directory_bytes, TreeBytes(data_dir_));
  return ledger;
}

absl::Status Engine::Sync() {
  for (const std::shared_ptr<Collection>& collection : List()) {
    const absl::Status saved = collection->SaveVisits();
    // Deleted since it was listed.
    if (!saved.ok() && !absl::IsNotFound(saved)) return saved;
  }
  return store_->Sync();
}

size_t Engine::ReleaseIdle(std::chrono::steady_clock::time_point now, std::chrono::seconds idle) {
  size_t released = 0;
  for (const std::shared_ptr<Collection>& collection : List()) {
    released += collection->ReleaseIfIdle(now, idle) ? 1 : 0;
  }
  return released;
}

}  // namespace seekd
