// Whether the encoder, free again, had better wait a moment before the next batch.
//
// Searches ask in rounds: a request that was answered is soon followed by the next of its
// search. If those that wait meanwhile leave without it, two groups of searches alternate
// for ever, in batches half as full as they could be. So after a batch the next waits
// until as many requests have come as were answered, and no longer than the patience.
// A search that is alone is never held up: its own request is the one awaited.
//
// A state machine without clock; not thread-safe. Microseconds of one clock.
#ifndef SEEKD_EMBEDDING_SERVICE_BATCH_GATE_H_
#define SEEKD_EMBEDDING_SERVICE_BATCH_GATE_H_

#include <algorithm>
#include <cstdint>

namespace seekd {

class BatchGate {
 public:
  // Less patience is none: a thread that sleeps for it may well sleep twice as long.
  static constexpr int64_t kLeastPatienceUs = 500;

  // A batch has ended and answered so many requests of queries.
  void Answered(uint64_t requests, int64_t now_us, int64_t patience_us) {
    awaited_ = patience_us < kLeastPatienceUs ? 0 : requests;
    until_us_ = now_us + patience_us;
  }
  // A request of a query has come.
  void Arrived() { awaited_ -= std::min<uint64_t>(awaited_, 1); }

  // What is left to wait; 0: the batch may leave.
  int64_t WaitUs(int64_t now_us) const {
    return awaited_ == 0 ? 0 : std::max<int64_t>(0, until_us_ - now_us);
  }

 private:
  uint64_t awaited_ = 0;
  int64_t until_us_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BATCH_GATE_H_
