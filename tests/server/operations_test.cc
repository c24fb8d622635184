#include "server/operations.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

// Work that runs until it is told to end, or cancelled.
class Gate {
 public:
  OperationRegistry::Work Work(IndexReport report = {}) {
    return [this, report](const CancellationPtr& cancellation,
                          const IndexProgressFn&) -> absl::StatusOr<OperationResult> {
      std::unique_lock lock(mutex_);
      while (!open_ && !cancellation->cancelled()) {
        changed_.wait_for(lock, std::chrono::milliseconds(1));
      }
      if (cancellation->cancelled()) return absl::CancelledError("stopped");
      return report;
    };
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// Shared with the watcher, which may still be returning when the waiter goes on.
struct End {
  std::promise<void> promise;
  std::atomic<bool> told{false};
};

OperationState WaitUntilDone(OperationRegistry* registry, uint64_t id) {
  const auto end = std::make_shared<End>();
  const auto check = [registry, id, end] {
    if (registry->Get(id)->done && !end->told.exchange(true)) end->promise.set_value();
  };
  CATCH_REQUIRE(registry->Watch(id, check).ok());
  check();
  end->promise.get_future().wait();
  return *registry->Get(id);
}

CATCH_TEST_CASE("An operation reports its result") {
  OperationRegistry registry{OperationLimits()};
  Gate gate;
  const auto started = registry.Start({.collection = "c", .folder = "/f"}, gate.Work({.added = 3}));
  CATCH_REQUIRE(started.ok());
  CATCH_CHECK(!started->done);
  CATCH_CHECK(started->spec.folder == "/f");
  gate.Open();
  const OperationState state = WaitUntilDone(&registry, started->id);
  CATCH_CHECK(state.status.ok());
  CATCH_CHECK(std::get<IndexReport>(state.result).added == 3);
  CATCH_CHECK(state.progress.phase == IndexPhase::kDone);
}

CATCH_TEST_CASE("A cancelled operation ends with CANCELLED and stays listed") {
  OperationRegistry registry{OperationLimits()};
  Gate gate;
  const uint64_t id = registry.Start({.collection = "c", .folder = "/f"}, gate.Work())->id;
  CATCH_CHECK(registry.Cancel(id).ok());
  CATCH_CHECK(WaitUntilDone(&registry, id).status.code() == absl::StatusCode::kCancelled);
  CATCH_CHECK(registry.List(0, 10).size() == 1);
}

CATCH_TEST_CASE("An unknown operation is not found") {
  OperationRegistry registry{OperationLimits()};
  CATCH_CHECK(absl::IsNotFound(registry.Get(1).status()));
  CATCH_CHECK(absl::IsNotFound(registry.Cancel(1)));
  CATCH_CHECK(absl::IsNotFound(registry.Watch(1, [] {}).status()));
  registry.Unwatch(1, 1);
}

CATCH_TEST_CASE("The same request_id while it runs is the same operation") {
  OperationRegistry registry{OperationLimits()};
  Gate gate;
  const uint64_t id =
      registry.Start({.collection = "c", .folder = "/f", .request_id = "r"}, gate.Work())->id;
  CATCH_CHECK(
      registry.Start({.collection = "c", .folder = "/f", .request_id = "r"}, gate.Work())->id ==
      id);
  CATCH_CHECK(
      registry.Start({.collection = "c", .folder = "/other", .request_id = "r"}, gate.Work())
          .status()
          .code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(registry.Start({.collection = "c", .folder = "/f"}, gate.Work())->id != id);
  gate.Open();
}

CATCH_TEST_CASE("Only a few run at once") {
  OperationRegistry registry{{.max_running = 2, .max_kept = 5}};
  Gate gate;
  CATCH_CHECK(registry.Start({.collection = "a", .folder = "/f"}, gate.Work()).ok());
  CATCH_CHECK(registry.Start({.collection = "b", .folder = "/f"}, gate.Work()).ok());
  CATCH_CHECK(registry.Start({.collection = "c", .folder = "/f"}, gate.Work()).status().code() ==
              absl::StatusCode::kResourceExhausted);
}

CATCH_TEST_CASE("Finished ones are forgotten, oldest first") {
  OperationRegistry registry{{.max_running = 100, .max_kept = 3}};
  std::vector<uint64_t> ids;
  for (int i = 0; i < 10; ++i) {
    Gate gate;
    const uint64_t id = registry.Start({.collection = "c", .folder = "/f"}, gate.Work())->id;
    gate.Open();
    WaitUntilDone(&registry, id);
    ids.push_back(id);
  }
  // Forgetting happens when the next one starts.
  Gate gate;
  CATCH_REQUIRE(registry.Start({.collection = "c", .folder = "/f"}, gate.Work()).ok());
  CATCH_CHECK(absl::IsNotFound(registry.Get(ids[0]).status()));
  CATCH_CHECK(registry.Get(ids[9]).ok());
  CATCH_CHECK(registry.List(0, 100).size() == 4);
  CATCH_CHECK(registry.List(ids[8], 1).front().id == ids[9]);
}

CATCH_TEST_CASE("Progress reaches the watchers") {
  OperationRegistry registry{OperationLimits()};
  Gate gate;
  std::promise<void> watched;
  std::atomic<uint64_t> seen{0};
  const uint64_t id = registry
                          .Start({.collection = "c", .folder = "/f"},
                                 [&](const CancellationPtr&, const IndexProgressFn& progress) {
                                   watched.get_future().wait();
                                   progress({.phase = IndexPhase::kReading, .files_found = 7});
                                   return absl::StatusOr<OperationResult>(IndexReport());
                                 })
                          ->id;
  CATCH_REQUIRE(
      registry
          .Watch(id,
                 [&] { seen = std::max<uint64_t>(seen, registry.Get(id)->progress.files_found); })
          .ok());
  watched.set_value();
  CATCH_CHECK(WaitUntilDone(&registry, id).progress.files_found == 7);
  registry.Shutdown();  // no watcher runs any more
  CATCH_CHECK(seen == 7);
}

CATCH_TEST_CASE("An exception becomes INTERNAL") {
  OperationRegistry registry{OperationLimits()};
  const uint64_t id = registry
                          .Start({.collection = "c", .folder = "/f"},
                                 [](const CancellationPtr&,
                                    const IndexProgressFn&) -> absl::StatusOr<OperationResult> {
                                   throw std::runtime_error("oops");
                                 })
                          ->id;
  CATCH_CHECK(WaitUntilDone(&registry, id).status.code() == absl::StatusCode::kInternal);
}

CATCH_TEST_CASE("Cancelling a collection's operations leaves the others") {
  OperationRegistry registry{OperationLimits()};
  Gate gate;
  const uint64_t a = registry.Start({.collection = "a", .folder = "/f"}, gate.Work())->id;
  const uint64_t b = registry.Start({.collection = "b", .folder = "/f"}, gate.Work())->id;
  registry.CancelCollection("a");
  CATCH_CHECK(absl::IsCancelled(WaitUntilDone(&registry, a).status));
  CATCH_CHECK(!registry.Get(b)->done);
}

CATCH_TEST_CASE("After shutdown everything has ended and nothing starts") {
  OperationRegistry registry{OperationLimits()};
  Gate gate;
  const uint64_t id = registry.Start({.collection = "c", .folder = "/f"}, gate.Work())->id;
  registry.Shutdown();
  CATCH_CHECK(registry.Get(id)->done);
  CATCH_CHECK(absl::IsUnavailable(
      registry.Start({.collection = "c", .folder = "/f"}, gate.Work()).status()));
}

}  // namespace
}  // namespace seekd
