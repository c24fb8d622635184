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
  // Creates the directory (0700) when missing. Chunks are cut no longer than the
  // backend's encoder takes. UNAVAILABLE: another daemon holds the directory;
  // INVALID_ARGUMENT: options, or an encoder that takes too little for any chunk.
  // `backend` must outlive the engine.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(const std::string& data_dir,
                                                      EmbeddingBackend* backend,
                                                      const CollectionOptions& options);
  ~Engine();

  // INVALID_ARGUMENT, ALREADY_EXISTS.
  absl::StatusOr<std::shared_ptr<Collection>> Create(const std::string& name,
                                                     const CollectionSettings& settings = {});
  absl::StatusOr<std::shared_ptr<Collection>> Find(const std::string& name) const;  // NOT_FOUND
  std::vector<std::shared_ptr<Collection>> List() const;  // ascending by name
  // Running searches finish; its data is gone when this returns. NOT_FOUND.
  absl::Status Delete(const std::string& name);

  absl::StatusOr<DirectoryLedger> Ledger() const;
  const std::string& data_dir() const { return data_dir_; }
  // Everything acknowledged, and what searches asked for, is on disk.
  absl::Status Sync();
  // Collection::ReleaseIfIdle of each; how many gave something back.
  size_t ReleaseIdle(std::chrono::steady_clock::time_point now, std::chrono::seconds idle);

 private:
  Engine(std::string data_dir, FileLock lock, std::unique_ptr<Store> store,
         EmbeddingBackend* backend, const CollectionOptions& options);
  absl::StatusOr<std::shared_ptr<Collection>> OpenOne(const CollectionRecord& record);
  std::string CollectionFolder(CollectionId id) const;

  const std::string data_dir_;
  FileLock lock_;
  std::unique_ptr<Store> store_;
  EmbeddingBackend* const backend_;
  const CollectionOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Collection>> collections_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_ENGINE_H_
