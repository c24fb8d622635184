// One limit for the weights of all models of a daemon, and the encoders whose weights come when
// there is something to encode and go when others need the room or nobody has asked for long.
//
// Locks: ModelMemory's comes before an encoder's. An encoder that encodes holds its own only.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_MEMORY_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_MEMORY_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/encoder.h"

namespace seekd {

class ResidentEncoder;

// Thread safety: any thread may call any member. It outlives its encoders.
class ModelMemory {
 public:
  // `max_bytes`: of loaded weights; 0: no limit.
  explicit ModelMemory(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // Gives back the weights of encoders without a batch for `idle`; how many. Waits for nobody.
  size_t ReleaseIdle(std::chrono::steady_clock::time_point now, std::chrono::seconds idle);
  uint64_t max_bytes() const { return max_bytes_; }

 private:
  friend class ResidentEncoder;

  // Room for `encoder`, at the cost of those that were used longest ago: waits for their running
  // batches. FAILED_PRECONDITION: it alone is above the limit.
  absl::Status Admit(ResidentEncoder* encoder);
  void Forget(ResidentEncoder* encoder);
  // Its weights, loaded if need be, and its lock.
  absl::StatusOr<std::unique_lock<std::mutex>> Load(ResidentEncoder* encoder);
  absl::Status MakeRoom(const ResidentEncoder& encoder);  // REQUIRES: mutex_ held

  const uint64_t max_bytes_;
  std::mutex mutex_;                     // one load at a time
  std::set<ResidentEncoder*> encoders_;  // guarded by mutex_
};

class ResidentEncoder final : public BatchEncoder {
 public:
  using LoadEncoder = std::function<absl::StatusOr<std::unique_ptr<BatchEncoder>>()>;

  // `loaded` takes `bytes` of memory; `load` makes the same encoder again. FAILED_PRECONDITION: see
  // ModelMemory. `memory` outlives it.
  static absl::StatusOr<std::unique_ptr<ResidentEncoder>> Create(
      const std::string& model, std::unique_ptr<BatchEncoder> loaded, uint64_t bytes,
      LoadEncoder load, ModelMemory* memory);
  ~ResidentEncoder() override;

  uint32_t dim() const override { return dim_; }
  uint32_t vocab_size() const override { return vocab_size_; }
  uint32_t max_input_tokens() const override { return max_input_tokens_; }
  // Errors: of the encoder, and of loading it.
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;
  bool Prepare() override;  // loads the weights
  // Without weights: what it ran on last.
  std::string device() const override;
  // Without weights: why they could not be loaded.
  absl::Status health() const override;

  // Gives the weights back once no batch runs.
  void GiveBack();
  bool is_loaded() const;
  uint64_t bytes() const { return bytes_; }

 private:
  friend class ModelMemory;
  using Clock = std::chrono::steady_clock;

  ResidentEncoder(std::string model, std::unique_ptr<BatchEncoder> loaded, uint64_t bytes,
                  LoadEncoder load, ModelMemory* memory);
  // False: there was nothing to give back. REQUIRES, as the next: encode_mutex_ held.
  bool Release();
  absl::Status LoadNow();
  void NoteUse();
  Clock::time_point last_use() const;
  // Null without weights.
  std::shared_ptr<BatchEncoder> current() const;

  const std::string model_;
  const uint32_t dim_;
  const uint32_t vocab_size_;
  const uint32_t max_input_tokens_;
  const uint64_t bytes_;
  const LoadEncoder load_;
  ModelMemory* const memory_;

  std::mutex encode_mutex_;  // held while a batch runs, and while weights come or go

  mutable std::mutex state_mutex_;         // guards what follows; held for moments
  std::shared_ptr<BatchEncoder> encoder_;  // changes with encode_mutex_ held as well
  std::string last_device_;
  absl::Status load_status_;
  Clock::time_point last_use_ = Clock::now();
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_MEMORY_H_
