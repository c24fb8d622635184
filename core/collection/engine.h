// All collections of one data directory. Owns the directory's lock and store.
//
//   <data>/LOCK
//   <data>/store/                      RocksDB
//   <data>/collections/<id>/CURRENT    -> gen-N
//   <data>/collections/<id>/gen-N/     MANIFEST graph.bin codes.bin nodes.bin [hot.bin]
//
// Thread safety: any thread may call any member.
#ifndef SEEKD_CORE_COLLECTION_ENGINE_H_
#define SEEKD_CORE_COLLECTION_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/collection/collection.h"
#include "core/collection/embedding_backend.h"
#include "core/collection/options.h"
#include "core/storage/atomic_file.h"
#include "core/store/store.h"

namespace seekd {

struct DirectoryLedger {
  uint64_t store_bytes = 0;      // RocksDB, shared by all collections
  uint64_t directory_bytes = 0;  // apparent size of the whole data directory
};

// INVALID_ARGUMENT unless [a-z0-9][a-z0-9-]{0,62}.
absl::Status ValidateCollectionName(const std::string& name);

class Engine {
 public:
  // Creates the directory (0700) when missing. Each collection is opened with the model that it
  // was made with; where `models` has none of this fingerprint, with an AbsentModel. Chunks are
  // cut no longer than the encoder takes. UNAVAILABLE: another daemon holds the directory;
  // INVALID_ARGUMENT: options, or an encoder that takes too little for any chunk.
  // `models` must outlive the engine.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(const std::string& data_dir,
                                                      ModelProvider* models,
                                                      const CollectionOptions& options);
  ~Engine();

  // With the default model. INVALID_ARGUMENT, ALREADY_EXISTS.
  absl::StatusOr<std::shared_ptr<Collection>> Create(const std::string& name,
                                                     const CollectionSettings& settings = {});
  absl::StatusOr<std::shared_ptr<Collection>> Find(const std::string& name) const;  // NOT_FOUND
  std::vector<std::shared_ptr<Collection>> List() const;  // ascending by name
  // Running searches finish; its data is gone when this returns. NOT_FOUND.
  absl::Status Delete(const std::string& name);

  // Moves a collection to another model: out of its stored text a successor is made, which takes
  // its place when its index is complete. Searches go on meanwhile, writers wait. Interrupted by
  // anything, the next call with this model goes on with what was done; the text stands twice in
  // the store until the end. Where the model is the collection's already, perhaps under another
  // name, only the name changes. NOT_FOUND (collection, model), FAILED_PRECONDITION (another move
  // is under way), CANCELLED.
  absl::StatusOr<IndexReport> UseModel(const std::string& name, const std::string& model_id,
                                       const CancellationPtr& cancellation,
                                       const IndexProgressFn& progress);
  // Opens anew the collections whose model was absent and is there now.
  absl::Status ReopenAbsent();

  absl::StatusOr<DirectoryLedger> Ledger() const;
  const std::string& data_dir() const { return data_dir_; }
  // Everything acknowledged, and what searches asked for, is on disk.
  absl::Status Sync();
  // Collection::ReleaseIfIdle of each; how many gave something back.
  size_t ReleaseIdle(std::chrono::steady_clock::time_point now, std::chrono::seconds idle);

 private:
  Engine(std::string data_dir, FileLock lock, std::unique_ptr<Store> store, ModelProvider* models,
         const CollectionOptions& options);
  absl::Status OpenAll();
  static CollectionRecord NewRecord(const std::string& name, const ModelInfo& model);
  // FAILED_PRECONDITION: there is none of this fingerprint.
  absl::StatusOr<EmbeddingBackend*> FindBackend(const CollectionRecord& record) const;
  // The same, or an AbsentModel.
  EmbeddingBackend* BackendOf(const CollectionRecord& record);
  absl::StatusOr<std::shared_ptr<Collection>> OpenOne(const CollectionRecord& record,
                                                      EmbeddingBackend* backend);
  absl::StatusOr<std::optional<CollectionRecord>> FindSuccessor(const std::string& name) const;
  absl::StatusOr<std::shared_ptr<Collection>> OpenSuccessor(const std::string& name,
                                                            EmbeddingBackend* backend);
  absl::Status RemoveSuccessor(const std::string& name);
  absl::Status OpenAbsentAnew();                      // REQUIRES: move_mutex_ held
  bool IsServed(const Collection& collection) const;  // REQUIRES: mutex_ held
  // Says more than the encoder, whose calls are cancelled.
  absl::Status WhyNotMoved(const Collection& old, const absl::Status& status) const;
  // What is served under the name of `old` is `next` from now on.
  absl::Status Replace(Collection* old, std::shared_ptr<Collection> next);
  absl::Status RemoveData(CollectionId id);
  std::string CollectionFolder(CollectionId id) const;

  const std::string data_dir_;
  FileLock lock_;
  std::unique_ptr<Store> store_;
  ModelProvider* const models_;
  const CollectionOptions options_;
  std::mutex move_mutex_;  // of UseModel: one at a time
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<EmbeddingBackend>> absent_;  // guarded by mutex_, as the next
  std::map<std::string, std::shared_ptr<Collection>> collections_;  // by name
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_ENGINE_H_
