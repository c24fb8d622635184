#include "core/collection/engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"

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
                                                     EmbeddingBackend* backend,
                                                     const CollectionOptions& options) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  CollectionOptions fitted = options;
  ABSL_ASSIGN_OR_RETURN(fitted.chunking, ChunkingFor(backend, options.chunking));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(data_dir));
  ABSL_ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(absl::StrCat(data_dir, "/LOCK")));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                        Store::Open(absl::StrCat(data_dir, "/store"), StoreOptions()));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(absl::StrCat(data_dir, "/collections")));
  std::unique_ptr<Engine> engine(
      new Engine(data_dir, std::move(lock), std::move(store), backend, fitted));
  ABSL_ASSIGN_OR_RETURN(const std::vector<CollectionRecord> records,
                        engine->store_->ListCollections());
  for (const CollectionRecord& record : records) {
    ABSL_ASSIGN_OR_RETURN(std::shared_ptr<Collection> collection, engine->OpenOne(record));
    engine->collections_.emplace(record.name, std::move(collection));
  }
  return engine;
}

Engine::Engine(std::string data_dir, FileLock lock, std::unique_ptr<Store> store,
               EmbeddingBackend* backend, const CollectionOptions& options)
    : data_dir_(std::move(data_dir)),
      lock_(std::move(lock)),
      store_(std::move(store)),
      backend_(backend),
      options_(options) {}

Engine::~Engine() = default;

std::string Engine::CollectionFolder(CollectionId id) const {
  return absl::StrCat(data_dir_, "/collections/", id.value);
}

absl::StatusOr<std::shared_ptr<Collection>> Engine::OpenOne(const CollectionRecord& record) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<CollectionStore> store, store_->OpenCollection(record.id));
  return Collection::Open(std::move(store), record, CollectionFolder(record.id), store_.get(),
                          backend_, options_);
}

absl::StatusOr<std::shared_ptr<Collection>> Engine::Create(const std::string& name,
                                                           const CollectionSettings& settings) {
  ABSL_RETURN_IF_ERROR(ValidateCollectionName(name));
  ABSL_RETURN_IF_ERROR(settings.Validate());
  std::lock_guard lock(mutex_);
  if (collections_.contains(name)) {
    return absl::AlreadyExistsError(absl::StrCat("collection \"", name, "\" exists already"));
  }
  CollectionRecord record;
  record.name = name;
  record.model_id = backend_->model().id;
  record.model_fingerprint = backend_->model().fingerprint;
  record.dim = backend_->model().dim;
  record.create_time_us = NowUs();
  record.settings = settings;
  ABSL_ASSIGN_OR_RETURN(record, store_->CreateCollection(std::move(record)));
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<Collection> collection, OpenOne(record));
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
  const CollectionId id = collection->store().id();
  collection->Retire();  // waits for a running writer; later ones are refused
  ABSL_RETURN_IF_ERROR(store_->DeleteCollection(id));
  ABSL_RETURN_IF_ERROR(RemoveTree(CollectionFolder(id)));
  return store_->Compact();
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
