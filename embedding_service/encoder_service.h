// Owns an encoder, its thread and the queue in front of it, and lends them to
// coroutines as an InputEncoder: a coroutine that awaits Encode goes on on its
// own executor, never on the encoder's thread. There is no linger timer: a
// batch is what waits when the encoder becomes free, and the next requests of the
// searches that the batch before has answered (batch_gate.h).
//
// Ingest batches are bounded in time: their token budget follows the measured
// throughput, so that a query never waits for a long one. What a batch costs whatever is
// in it (batch_price.h) is granted on top: fewer tokens would not save it.
//
// Thread safety: any thread may call any member. Destroying stops it; by then
// every awaiting coroutine's executor must still exist.
#ifndef SEEKD_EMBEDDING_SERVICE_ENCODER_SERVICE_H_
#define SEEKD_EMBEDDING_SERVICE_ENCODER_SERVICE_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/search/embedding_source.h"
#include "embedding_service/batch_gate.h"
#include "embedding_service/batch_price.h"
#include "embedding_service/batch_queue.h"
#include "embedding_service/encoder.h"

namespace seekd {

// Microseconds of a clock that never goes back; called from any thread.
using ClockUs = std::function<int64_t()>;
int64_t SteadyClockUs();

class EncoderService final : public InputEncoder {
 public:
  // Only tests have a clock of their own: deadlines by it are noticed a little late.
  EncoderService(std::unique_ptr<BatchEncoder> encoder, const BatchLimits& limits,
                 ClockUs clock = SteadyClockUs);
  ~EncoderService() override;

  uint32_t dim() const override { return encoder_->dim(); }
  // Of the encoder, or of a batch where that is less.
  uint32_t max_input_tokens() const override;
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Encode(std::vector<std::vector<TokenId>> inputs,
                                                        EncodeOptions options) override;

  // Answers everything that waits UNAVAILABLE, interrupts the running batch, and
  // joins the thread. Later calls are answered UNAVAILABLE. Idempotent.
  void Stop();

  QueueCounters counters() const;
  absl::Status health() const { return encoder_->health(); }
  std::string device() const { return encoder_->device(); }

 private:
  absl::Status Validate(const std::vector<std::vector<TokenId>>& inputs) const;
  void Submit(EncodeRequest request);
  void Run();
  // Waits for rows, and for the searches that soon ask for more. REQUIRES: `lock` holds mutex_.
  void AwaitRows(std::unique_lock<std::mutex>* lock);
  // Awaits rows and takes a batch of them; none when all were cancelled.
  // False: stopping.
  bool AwaitBatch(std::optional<BatchQueue::Batch>* batch, std::vector<FinishedRequest>* finished);
  void RunBatch(const BatchQueue::Batch& batch, std::vector<FinishedRequest>* finished);

  const std::unique_ptr<BatchEncoder> encoder_;
  const BatchLimits limits_;
  const ClockUs clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  BatchQueue queue_;       // guarded by mutex_
  BatchGate gate_;         // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_

  // Of the encoder's thread.
  // Running throughput. Begins low: a slow encoder's first batch is short too.
  double tokens_per_us_ = 0.05;
  BatchPrice price_;
  std::vector<float> rows_;

  std::mutex join_mutex_;
  std::thread thread_;  // guarded by join_mutex_; last: it uses all above
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_ENCODER_SERVICE_H_
