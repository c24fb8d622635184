#include "server/deferred_builds.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "server/logging.h"
#include "server/work_pool.h"

namespace seekd {
namespace {

// A build that fails does so after much work: the interval is doubled up to so often.
constexpr uint32_t kMaxDoublings = 8;

}  // namespace

DeferredBuilds::DeferredBuilds(Engine* engine, std::chrono::milliseconds interval)
    : engine_(engine), thread_([this, interval] { Run(interval); }) {}

DeferredBuilds::~DeferredBuilds() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (current_ != nullptr) current_->Cancel();
  }
  stopping_changed_.notify_all();
  thread_.join();
}

void DeferredBuilds::Run(std::chrono::milliseconds interval) {
  uint32_t doublings = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    bool well = true;
    for (const std::shared_ptr<Collection>& collection : engine_->List()) {
      well = BuildOne(*collection) && well;
    }
    doublings = well ? 0 : std::min(doublings + 1, kMaxDoublings);
    lock.lock();
    stopping_changed_.wait_for(lock, interval * (1 << doublings), [this] { return stopping_; });
  }
}

bool DeferredBuilds::BuildOne(Collection& collection) {
  auto cancellation = std::make_shared<Cancellation>();
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return true;
    current_ = cancellation;
  }
  bool built = false;
  const absl::Status done = Guarded([&]() -> absl::Status {
    const absl::StatusOr<bool> published = collection.BuildDeferred(cancellation);
    built = published.ok() && *published;
    return published.status();
  });
  if (built) LogInfo(absl::StrCat("built what was deferred of \"", collection.name(), "\""));
  // A writer came, or the collection was deleted.
  const bool well = done.ok() || absl::IsCancelled(done) || absl::IsNotFound(done);
  if (!well) {
    LogError(absl::StrCat("cannot build what was deferred of \"", collection.name(),
                          "\": ", done.message()));
  }
  std::lock_guard lock(mutex_);
  current_.reset();
  return well;
}

}  // namespace seekd
