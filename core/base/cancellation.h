// A one-way flag by which a caller withdraws a request. Polled, never waited
// on: between search rounds, when a batch forms, between ingested files.
// Thread safety: any thread may call any member.
#ifndef SEEKD_CORE_BASE_CANCELLATION_H_
#define SEEKD_CORE_BASE_CANCELLATION_H_

#include <atomic>
#include <memory>

namespace seekd {

class Cancellation {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_release); }
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> cancelled_{false};
};

// Shared between the caller, the search and the batch queue. Null: never cancelled.
using CancellationPtr = std::shared_ptr<const Cancellation>;

inline bool IsCancelled(const CancellationPtr& c) { return c != nullptr && c->cancelled(); }

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_CANCELLATION_H_
