#ifndef SEEKD_CORE_COLLECTION_PROGRESS_REPORTER_H_
#define SEEKD_CORE_COLLECTION_PROGRESS_REPORTER_H_

#include <chrono>
#include <mutex>
#include <utility>

#include "core/collection/collection.h"

namespace seekd {

// Hands progress on, at most every 100 ms within a phase. Thread-safe.
class ProgressReporter {
 public:
  explicit ProgressReporter(IndexProgressFn report) : report_(std::move(report)) {}

  // Changes the state under the lock, then reports if it is time.
  template <typename Change>
  void Update(Change change) {
    std::lock_guard lock(mutex_);
    const IndexPhase before = state_.phase;
    change(state_);
    const auto now = std::chrono::steady_clock::now();
    if (state_.phase == before && now - reported_ < std::chrono::milliseconds(100)) return;
    reported_ = now;
    if (report_) report_(state_);
  }

 private:
  std::mutex mutex_;
  IndexProgressFn report_;
  IndexProgress state_;
  std::chrono::steady_clock::time_point reported_{};
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_PROGRESS_REPORTER_H_
