// Long-running operations, of indexing and of models: one thread each, a few at once, watched and
// cancelled by name. Finished ones are kept for a while, in memory only.
// Operations on one collection queue up inside Collection.
// Thread safety: any thread may call any member.
#ifndef SEEKD_SERVER_OPERATIONS_H_
#define SEEKD_SERVER_OPERATIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/collection/collection.h"
#include "embedding_service/hub/model_pull.h"

namespace seekd {

struct OperationLimits {
  size_t max_running = 4;
  size_t max_kept = 100;  // finished ones
};

// What an operation is about. The same request_id while one runs means the same one.
struct OperationSpec {
  std::string collection;  // "": of none
  std::string folder;      // that is indexed
  std::string model;       // that is pulled, or that the collection moves to
  std::string repository;  // that the model is pulled from
  std::string request_id;

  bool IsSame(const OperationSpec& other) const {
    return collection == other.collection && folder == other.folder && model == other.model &&
           repository == other.repository;
  }
};

// What indexing and moving to another model report, or a pull.
using OperationResult = std::variant<IndexReport, PulledModel>;

struct OperationState {
  uint64_t id = 0;
  OperationSpec spec;
  IndexProgress progress;
  int64_t elapsed_us = 0;
  bool done = false;
  absl::Status status;     // of a done one
  OperationResult result;  // of a done one that is OK
};

class OperationRegistry {
 public:
  using Work = std::function<absl::StatusOr<OperationResult>(const CancellationPtr&,
                                                             const IndexProgressFn&)>;
  // Called without locks held, from the operation's thread. Must not block.
  using Watcher = std::function<void()>;

  explicit OperationRegistry(const OperationLimits& limits) : limits_(limits) {}
  // Cancels all and waits for their ends.
  ~OperationRegistry();

  // Runs `work` on a new thread. RESOURCE_EXHAUSTED when too many run,
  // INVALID_ARGUMENT when request_id stands for another request, UNAVAILABLE
  // after Shutdown.
  absl::StatusOr<OperationState> Start(OperationSpec spec, Work work);

  absl::StatusOr<OperationState> Get(uint64_t id) const;  // NOT_FOUND
  // Ascending by id: those with id > `after`; at most `limit`.
  std::vector<OperationState> List(uint64_t after, size_t limit) const;
  // A finished operation stays as it is. NOT_FOUND.
  absl::Status Cancel(uint64_t id);
  void CancelCollection(const std::string& collection);

  // `watcher` is called after each change; a call under way may end after
  // Unwatch. Returns the key for Unwatch. NOT_FOUND.
  absl::StatusOr<uint64_t> Watch(uint64_t id, Watcher watcher);
  void Unwatch(uint64_t id, uint64_t key);

  // Refuses new ones, cancels all and waits for their ends.
  void Shutdown();

 private:
  struct Operation;
  using OperationPtr = std::shared_ptr<Operation>;

  absl::StatusOr<OperationPtr> Find(uint64_t id) const;
  absl::StatusOr<OperationPtr> FindRequest(const OperationSpec& spec) const;
  void Run(const OperationPtr& operation, const Work& work);
  void Report(const OperationPtr& operation, const IndexProgress& progress);
  void Finish(const OperationPtr& operation, absl::StatusOr<OperationResult> result);
  void Notify(const OperationPtr& operation);
  void JoinAndForget();
  void ForgetOldest();

  const OperationLimits limits_;
  mutable std::mutex mutex_;
  bool stopped_ = false;
  size_t running_ = 0;
  uint64_t last_id_ = 0;
  uint64_t last_watch_ = 0;
  std::map<uint64_t, OperationPtr> operations_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_OPERATIONS_H_
