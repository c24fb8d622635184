// An encoder on a device that nobody asked for by name, and the CPU behind it. When the device
// fails (UNAVAILABLE), the batch is encoded on the CPU, and so is every later one until the
// daemon starts anew: a device that fails now and then would make searches slow at random. Whoever
// names a device gets errors instead.
//
// Thread safety: as BatchEncoder.
#ifndef SEEKD_EMBEDDING_SERVICE_FALLBACK_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_FALLBACK_ENCODER_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "embedding_service/device.h"
#include "embedding_service/encoder.h"

namespace seekd {

class FallbackEncoder final : public BatchEncoder {
 public:
  using MakeEncoder = std::function<absl::StatusOr<std::unique_ptr<BatchEncoder>>()>;
  // `make_cpu` makes the encoder of the same model for the CPU, when it is needed.
  FallbackEncoder(std::unique_ptr<BatchEncoder> device, MakeEncoder make_cpu, WarnFn warn);

  uint32_t dim() const override { return device_->dim(); }
  uint32_t vocab_size() const override { return device_->vocab_size(); }
  uint32_t max_input_tokens() const override { return device_->max_input_tokens(); }
  // Errors: as BatchEncoder; those of `make_cpu`.
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;
  // After a failure: "cpu, after cuda:0: out of memory".
  std::string device() const override;
  absl::Status health() const override;

 private:
  absl::Status FallBack(const absl::Status& failure);

  const std::unique_ptr<BatchEncoder> device_;  // kept: what failed may not be torn down safely
  const MakeEncoder make_cpu_;
  const WarnFn warn_;
  std::unique_ptr<BatchEncoder> cpu_;  // of the encoder's thread; null: the device works

  mutable std::mutex mutex_;
  absl::Status failure_;  // of the device; guarded by mutex_
  std::string now_on_;    // once it has failed; guarded by mutex_
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_FALLBACK_ENCODER_H_
