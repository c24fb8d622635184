#include "server/operations.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/errors.h"
#include "server/resource_names.h"
#include "server/work_pool.h"

namespace seekd {
namespace {

using Clock = std::chrono::steady_clock;

int64_t MicrosSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

absl::Status TooMany(size_t running) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        running, " operations are running; try again when one is done")),
                    "TOO_MANY_OPERATIONS");
}

}  // namespace

// All but `cancellation` and `thread` under the registry's mutex.
struct OperationRegistry::Operation {
  OperationState state;
  Clock::time_point begin = Clock::now();
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();
  std::map<uint64_t, Watcher> watchers;
  std::thread thread;

  OperationState Snapshot() const {
    OperationState snapshot = state;
    if (!state.done) snapshot.elapsed_us = MicrosSince(begin);
    return snapshot;
  }
};

OperationRegistry::~OperationRegistry() { Shutdown(); }

absl::StatusOr<OperationRegistry::OperationPtr> OperationRegistry::FindRequest(
    const OperationSpec& spec) const {
  if (spec.request_id.empty()) return nullptr;
  for (const auto& [id, operation] : operations_) {
    const OperationSpec& other = operation->state.spec;
    if (operation->state.done || other.request_id != spec.request_id) continue;
    if (other.IsSame(spec)) return operation;
    return FieldError("request_id", "already in use by a running operation on something else");
  }
  return nullptr;
}

absl::StatusOr<OperationState> OperationRegistry::Start(OperationSpec spec, Work work) {
  JoinAndForget();
  std::lock_guard lock(mutex_);
  if (stopped_) return absl::UnavailableError("the daemon is shutting down");
  ABSL_ASSIGN_OR_RETURN(const OperationPtr same, FindRequest(spec));
  if (same != nullptr) return same->Snapshot();
  if (running_ >= limits_.max_running) return TooMany(running_);
  auto operation = std::make_shared<Operation>();
  operation->state.id = ++last_id_;
  operation->state.spec = std::move(spec);
  operation->thread =
      std::thread([this, operation, work = std::move(work)] { Run(operation, work); });
  ++running_;
  operations_.emplace(operation->state.id, operation);
  return operation->Snapshot();
}

void OperationRegistry::Run(const OperationPtr& operation, const Work& work) {
  absl::StatusOr<OperationResult> result = absl::InternalError("not run");
  const absl::Status guarded = Guarded([&] {
    result = work(operation->cancellation,
                  [&](const IndexProgress& progress) { Report(operation, progress); });
    return absl::OkStatus();
  });
  Finish(operation, guarded.ok() ? std::move(result) : guarded);
}

void OperationRegistry::Report(const OperationPtr& operation, const IndexProgress& progress) {
  {
    std::lock_guard lock(mutex_);
    operation->state.progress = progress;
  }
  Notify(operation);
}

void OperationRegistry::Finish(const OperationPtr& operation,
                               absl::StatusOr<OperationResult> result) {
  {
    std::lock_guard lock(mutex_);
    OperationState& state = operation->state;
    state.status = result.status();
    if (result.ok()) state.result = *std::move(result);
    if (state.status.ok()) state.progress.phase = IndexPhase::kDone;
    state.elapsed_us = MicrosSince(operation->begin);
    state.done = true;
    --running_;
  }
  Notify(operation);
}

// INVARIANT: a watcher is called at least once after the change it is told of.
void OperationRegistry::Notify(const OperationPtr& operation) {
  std::map<uint64_t, Watcher> watchers;
  {
    std::lock_guard lock(mutex_);
    watchers = operation->watchers;
  }
  for (const auto& [key, watcher] : watchers) watcher();
}

absl::StatusOr<OperationRegistry::OperationPtr> OperationRegistry::Find(uint64_t id) const {
  const auto it = operations_.find(id);
  if (it != operations_.end()) return it->second;
  const std::string name = FormatOperationName(id);
  return WithReason(WithResource(absl::NotFoundError(absl::StrCat("no operation ", name)),
                                 "google.longrunning.Operation", name),
                    "OPERATION_NOT_FOUND");
}

absl::StatusOr<OperationState> OperationRegistry::Get(uint64_t id) const {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(const OperationPtr operation, Find(id));
  return operation->Snapshot();
}

std::vector<OperationState> OperationRegistry::List(uint64_t after, size_t limit) const {
  std::lock_guard lock(mutex_);
  std::vector<OperationState> states;
  for (auto it = operations_.upper_bound(after); it != operations_.end() && states.size() < limit;
       ++it) {
    states.push_back(it->second->Snapshot());
  }
  return states;
}

absl::Status OperationRegistry::Cancel(uint64_t id) {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(const OperationPtr operation, Find(id));
  operation->cancellation->Cancel();
  return absl::OkStatus();
}

void OperationRegistry::CancelCollection(const std::string& collection) {
  std::lock_guard lock(mutex_);
  for (const auto& [id, operation] : operations_) {
    if (operation->state.spec.collection == collection) operation->cancellation->Cancel();
  }
}

absl::StatusOr<uint64_t> OperationRegistry::Watch(uint64_t id, Watcher watcher) {
  std::lock_guard lock(mutex_);
  ABSL_ASSIGN_OR_RETURN(const OperationPtr operation, Find(id));
  operation->watchers.emplace(++last_watch_, std::move(watcher));
  return last_watch_;
}

void OperationRegistry::Unwatch(uint64_t id, uint64_t key) {
  std::lock_guard lock(mutex_);
  const auto it = operations_.find(id);
  if (it != operations_.end()) it->second->watchers.erase(key);
}

void OperationRegistry::ForgetOldest() {
  size_t finished = 0;
  for (const auto& [id, operation] : operations_) finished += operation->state.done;
  for (auto it = operations_.begin(); finished > limits_.max_kept && it != operations_.end();) {
    finished -= it->second->state.done;
    it = it->second->state.done ? operations_.erase(it) : std::next(it);
  }
}

void OperationRegistry::JoinAndForget() {
  std::vector<std::thread> ended;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, operation] : operations_) {
      if (operation->state.done || stopped_) ended.push_back(std::move(operation->thread));
    }
    ForgetOldest();
  }
  for (std::thread& thread : ended) {
    if (thread.joinable()) thread.join();
  }
}

void OperationRegistry::Shutdown() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [id, operation] : operations_) operation->cancellation->Cancel();
  }
  JoinAndForget();
}

}  // namespace seekd
