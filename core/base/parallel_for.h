// A loop cut into grains that several threads take in turn. The calling thread
// works too, and it alone reports progress, so reports are monotone.
#ifndef SEEKD_CORE_BASE_PARALLEL_FOR_H_
#define SEEKD_CORE_BASE_PARALLEL_FOR_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/cancellation.h"

namespace seekd {

// What an option `threads` means: itself, or the hardware's concurrency for 0.
inline uint32_t ThreadCount(uint32_t threads) {
  return threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

struct ParallelForOptions {
  uint32_t threads = 0;  // see ThreadCount
  uint64_t grain = 64;   // items taken at once; >= 1
  CancellationPtr cancellation;
  std::function<void(uint64_t done)> progress;  // may be empty
};

// Calls body(worker, begin, end), worker < ThreadCount(threads), over disjoint
// ranges that cover [0, count). CANCELLED when withdrawn between two grains.
inline absl::Status ParallelFor(
    uint64_t count, const ParallelForOptions& options,
    const std::function<void(uint32_t worker, uint64_t begin, uint64_t end)>& body) {
  std::atomic<uint64_t> next{0};
  std::atomic<uint64_t> done{0};
  const auto work = [&](uint32_t worker) {
    while (!IsCancelled(options.cancellation)) {
      const uint64_t begin = next.fetch_add(options.grain, std::memory_order_relaxed);
      if (begin >= count) return;
      const uint64_t end = std::min(count, begin + options.grain);
      body(worker, begin, end);
      const uint64_t sum = done.fetch_add(end - begin, std::memory_order_relaxed) + end - begin;
      if (worker == 0 && options.progress) options.progress(sum);
    }
  };
  const uint64_t grains = count / options.grain + (count % options.grain != 0);
  const auto workers =
      static_cast<uint32_t>(std::min<uint64_t>(ThreadCount(options.threads), grains));
  std::vector<std::thread> threads;
  for (uint32_t worker = 1; worker < workers; ++worker) {
    try {
      threads.emplace_back(work, worker);
    } catch (const std::system_error&) {
      break;  // the system gives no more threads; those there are do the work
    }
  }
  work(0);
  for (std::thread& thread : threads) thread.join();
  if (done.load() < count) return absl::CancelledError("withdrawn by the caller");
  if (options.progress) options.progress(count);
  return absl::OkStatus();
}

// The same with a body that can fail: after the first error no grain is begun, and that
// error is returned.
inline absl::Status TryParallelFor(
    uint64_t count, const ParallelForOptions& options,
    const std::function<absl::Status(uint32_t worker, uint64_t begin, uint64_t end)>& body) {
  std::atomic<bool> failed{false};
  std::mutex mutex;
  absl::Status error;
  const absl::Status done =
      ParallelFor(count, options, [&](uint32_t worker, uint64_t begin, uint64_t end) {
        if (failed.load(std::memory_order_relaxed)) return;
        absl::Status status = body(worker, begin, end);
        if (status.ok()) return;
        failed.store(true, std::memory_order_relaxed);
        const std::lock_guard lock(mutex);
        error.Update(std::move(status));
      });
  return done.ok() ? error : done;
}

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_PARALLEL_FOR_H_
