// What all services share: the engine, once it is open, and the threads that
// requests run on. The daemon owns it; it outlives the gRPC server.
//
//   kOpening --Open()--> kServing --Drain()--> kDraining
//
// Thread safety: any thread may call any member.
#ifndef SEEKD_SERVER_SERVING_H_
#define SEEKD_SERVER_SERVING_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/collection/engine.h"
#include "embedding_service/batch_profile.h"
#include "embedding_service/model_catalog.h"
#include "server/operations.h"
#include "server/work_pool.h"

namespace seekd {

class Serving {
 public:
  // `threads`: of search; 0: hardware concurrency.
  Serving(uint32_t threads, uint64_t max_document_bytes);

  // Both outlive this.
  void Open(Engine* engine, ModelCatalog* models);
  // From now on new work is refused; running operations are asked to stop.
  void Drain();

  // UNAVAILABLE with RetryInfo unless serving.
  absl::StatusOr<Engine*> engine() const;
  ModelCatalog& models() const { return *models_; }  // REQUIRES: engine().ok()

  // Unknown until it has been measured.
  void SetBatchProfile(BatchProfile profile);
  std::optional<BatchProfile> batch_profile() const;

  // The collection of a request's field ("collections/{collection}").
  absl::StatusOr<std::shared_ptr<Collection>> FindCollection(std::string_view field,
                                                             std::string_view name) const;
  // By its bare, valid id. NOT_FOUND with ResourceInfo.
  absl::StatusOr<std::shared_ptr<Collection>> FindCollectionById(const std::string& id) const;

  WorkPool& searchers() { return searchers_; }  // search coroutines
  WorkPool& scanners() { return scanners_; }    // search coroutines over whole collections
  WorkPool& readers() { return readers_; }      // short calls that read the store
  WorkPool& writers() { return writers_; }      // calls that wait for a collection's write lock
  OperationRegistry& operations() { return operations_; }

  const int64_t start_time_us;
  const uint64_t max_document_bytes;

 private:
  std::atomic<Engine*> engine_{nullptr};
  std::atomic<bool> draining_{false};
  ModelCatalog* models_ = nullptr;
  mutable std::mutex profile_mutex_;
  std::optional<BatchProfile> profile_;  // guarded by profile_mutex_
  WorkPool searchers_;
  WorkPool scanners_;
  WorkPool readers_;
  WorkPool writers_;
  OperationRegistry operations_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_SERVING_H_
