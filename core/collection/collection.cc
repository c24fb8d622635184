#include "core/collection/collection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/index/generation_folder.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

// Chunks that wait for a generation.
struct Waiting {
  PendingSet pending;
  uint64_t deferred = 0;
};

// Chunks that the generation holds already are left out: a crash between publishing it
// and removing them leaves both.
absl::StatusOr<Waiting> LoadWaiting(const CollectionStore& store, uint32_t dim,
                                    const Generation* generation) {
  Waiting waiting{PendingSet(dim)};
  absl::Status bad;
  ABSL_RETURN_IF_ERROR(store.ScanPending([&](ChunkId chunk, std::span<const uint16_t> row) {
    if (generation != nullptr && generation->nodes().Find(chunk)) return;
    if (row.size() == dim) return waiting.pending.Add(chunk, row);
    if (row.empty()) {
      ++waiting.deferred;
      return;
    }
    bad = absl::DataLossError(absl::StrCat("pending embedding of chunk ", chunk.value, " has ",
                                           row.size(), " components, expected ", dim));
  }));
  ABSL_RETURN_IF_ERROR(bad);
  return waiting;
}

absl::StatusOr<ChunkSet> LoadDead(const CollectionStore& store) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<ChunkId> chunks, store.DeadChunks());
  ChunkSet dead;
  for (const ChunkId chunk : chunks) dead.Insert(chunk);
  return dead;
}

}  // namespace

absl::Status HasMoved(const std::string& name) {
  return absl::AbortedError(
      absl::StrCat("collection \"", name, "\" has just moved to another model; ask again"));
}

absl::StatusOr<std::shared_ptr<Collection>> Collection::Open(std::unique_ptr<CollectionStore> store,
                                                             CollectionRecord record,
                                                             std::string folder, Store* parent,
                                                             EmbeddingBackend* backend,
                                                             const CollectionOptions& options) {
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(folder));
  std::shared_ptr<Collection> collection(new Collection(
      std::move(store), std::move(record), std::move(folder), parent, backend, options));
  ABSL_RETURN_IF_ERROR(collection->Load());
  return collection;
}

Collection::Collection(std::unique_ptr<CollectionStore> store, CollectionRecord record,
                       std::string folder, Store* parent, EmbeddingBackend* backend,
                       const CollectionOptions& options)
    : store_(std::move(store)),
      record_(std::move(record)),
      folder_(std::move(folder)),
      parent_(parent),
      backend_(backend),
      options_(options),
      source_(backend->OpenSource(*store_)),
      live_(record_.dim) {}

Collection::~Collection() = default;

absl::Status Collection::Load() {
  const absl::StatusOr<std::shared_ptr<const Generation>> opened =
      OpenCurrent(folder_, backend_->model().codebooks.get());
  const std::shared_ptr<const Generation> generation = opened.ok() ? *opened : nullptr;
  ABSL_ASSIGN_OR_RETURN(Waiting waiting, LoadWaiting(*store_, record_.dim, generation.get()));
  ABSL_ASSIGN_OR_RETURN(ChunkSet dead, LoadDead(*store_));
  ABSL_ASSIGN_OR_RETURN(const CollectionCounts counts, store_->Counts());
  ABSL_ASSIGN_OR_RETURN(const std::vector<ChunkVisits> visits, store_->Visits());
  visits_.Add(visits);
  absl::Status health = opened.status();
  const uint64_t never_indexed = waiting.pending.size() + waiting.deferred;
  if (health.ok() && generation == nullptr && counts.chunks > never_indexed) {
    health = absl::DataLossError(
        absl::StrCat(folder_, ": no published index, but ", counts.chunks - never_indexed, " of ",
                     counts.chunks, " chunks were in one. Index the folder again to rebuild it."));
  }
  if (health.ok()) {
    const uint64_t keep = generation == nullptr ? 0 : generation->manifest().generation;
    ABSL_RETURN_IF_ERROR(RemoveOtherGenerations(folder_, keep));
  }
  live_.Reset(generation, health, std::move(waiting.pending), waiting.deferred, std::move(dead));
  return absl::OkStatus();
}

absl::Status Collection::Health(const Snapshot& snapshot) const {
  const absl::Status presence = backend_->presence();
  return presence.ok() ? snapshot.Usable() : presence;
}

std::string Collection::name() const {
  std::lock_guard lock(record_mutex_);
  return record_.name;
}

CollectionSettings Collection::settings() const { return record().settings; }

CollectionRecord Collection::record() const {
  std::lock_guard lock(record_mutex_);
  return record_;
}

double Collection::GrantedIndexShare() const {
  const double own = settings().max_index_share;
  return own > 0 ? own : options_.max_index_share;
}

absl::Status Collection::UpdateSettings(const std::function<void(CollectionSettings*)>& change) {
  return ChangeRecord([&](CollectionRecord* record) {
    change(&record->settings);
    return record->settings.Validate();
  });
}

absl::StatusOr<CollectionLedger> Collection::Ledger() const {
  CollectionLedger ledger;
  ledger.granted_index_share = GrantedIndexShare();
  ledger.remote = backend_->model().remote;
  {
    std::lock_guard lock(record_mutex_);
    ledger.name = record_.name;
    ledger.model_id = record_.model_id;
    ledger.roots = record_.roots;
    ledger.create_time_us = record_.create_time_us;
    ledger.settings = record_.settings;
  }
  ABSL_ASSIGN_OR_RETURN(const CollectionCounts counts, store_->Counts());
  ledger.documents = counts.documents;
  ledger.chunks = counts.chunks;
  ledger.text_bytes = counts.text_bytes;
  ledger.dead = counts.dead;
  ABSL_ASSIGN_OR_RETURN(ledger.skipped, store_->CountSkipped());
  ledger.cache = source_->cache_usage();
  {
    std::lock_guard lock(use_mutex_);
    ledger.asked = asked_;
  }
  const std::shared_ptr<const Snapshot> snapshot = live_.Get();
  ledger.pending = snapshot->pending->size();
  ledger.pending_bytes = snapshot->pending->bytes();
  ledger.deferred = snapshot->deferred;
  ledger.health = Health(*snapshot);
  if (const Generation* generation = snapshot->generation.get()) {
    ledger.nodes = generation->graph().node_count();
    ledger.graph_bytes = generation->graph().file_bytes();
    ledger.code_bytes = generation->codes().file_bytes();
    ledger.codebook_is_shared = generation->codes().codebook_is_shared();
    ledger.node_bytes = generation->nodes().file_bytes();
    if (const HotCache* hot = generation->hot()) {
      ledger.hot_bytes = hot->file_bytes();
      ledger.hot_rows = hot->row_count();
    }
    ledger.index_bytes = generation->index_bytes();
    ledger.generation = generation->manifest().generation;
    ledger.build_shards = generation->manifest().shards;
    ledger.build_embedding_bytes = generation->manifest().peak_embedding_bytes;
    ledger.build_recomputed = generation->manifest().rows_recomputed;
  }
  return ledger;
}

absl::Status Collection::ChangeRecord(
    const std::function<absl::Status(CollectionRecord*)>& change) {
  std::lock_guard lock(record_mutex_);
  if (record_.role == CollectionRole::kReplaced) {
    return HasMoved(record_.name);
  }
  CollectionRecord record = record_;
  ABSL_RETURN_IF_ERROR(change(&record));
  ABSL_RETURN_IF_ERROR(parent_->UpdateCollections({&record, 1}));
  record_ = std::move(record);
  return absl::OkStatus();
}

absl::Status Collection::NameModel(const std::string& id) {
  if (record().model_id == id) return absl::OkStatus();
  return ChangeRecord([&](CollectionRecord* record) {
    record->model_id = id;
    return absl::OkStatus();
  });
}

absl::Status Collection::ReplaceWith(Collection* next) {
  std::scoped_lock lock(record_mutex_, next->record_mutex_);
  CollectionRecord replaced = record_;
  replaced.role = CollectionRole::kReplaced;
  CollectionRecord served = next->record_;
  served.role = CollectionRole::kServed;
  served.roots = record_.roots;
  served.settings = record_.settings;
  served.create_time_us = record_.create_time_us;
  ABSL_RETURN_IF_ERROR(parent_->UpdateCollections(std::array{replaced, served}));
  record_ = std::move(replaced);
  next->record_ = std::move(served);
  return absl::OkStatus();
}

absl::Status Collection::SaveVisits() { return store_->PutVisits(visits_.ToVector()); }

bool Collection::ReleaseIfIdle(std::chrono::steady_clock::time_point now,
                               std::chrono::seconds idle) {
  {
    std::lock_guard lock(use_mutex_);
    if (!last_use_ || now - *last_use_ < idle) return false;
    last_use_.reset();
  }
  filters_.Clear();
  source_->DropCache();
  const std::shared_ptr<const Snapshot> snapshot = live_.Get();
  if (snapshot->generation != nullptr) snapshot->generation->ReleasePages();
  return true;
}

}  // namespace seekd
