// A transformer on a device (device_bert.h) as an encoder: TransformerEncoder's rows.
//
// A device that fails in the middle fails the batch, UNAVAILABLE with its name; the next batch
// tries again, and health() tells until one succeeds.
//
// Thread safety: as BatchEncoder.
#ifndef SEEKD_EMBEDDING_SERVICE_DEVICE_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_DEVICE_ENCODER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/device_bert.h"
#include "embedding_service/encoder.h"

namespace seekd {

class DeviceEncoder final : public BatchEncoder {
 public:
  // Loads the weights and runs a small and a large batch, so that no later one waits for kernels
  // and memory. Errors: those of DeviceBert, INVALID_ARGUMENT (no [CLS] or [SEP]).
  static absl::StatusOr<std::unique_ptr<DeviceEncoder>> Create(
      const ModelSpec& spec, const SpecialTokens& special,
      std::shared_ptr<const ModelWeights> weights, const Device& device, Precision precision);

  uint32_t dim() const override { return spec_.dim; }
  uint32_t vocab_size() const override { return spec_.vocab_size; }
  uint32_t max_input_tokens() const override { return spec_.max_input_tokens; }
  // An input without tokens is the zero row.
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;
  std::string device() const override { return device_; }
  absl::Status health() const override;

 private:
  DeviceEncoder(const ModelSpec& spec, const SpecialTokens& special,
                std::shared_ptr<const ModelWeights> weights,
                std::unique_ptr<const DeviceBert> model, std::string device)
      : spec_(spec),
        special_(special),
        weights_(std::move(weights)),
        model_(std::move(model)),
        device_(std::move(device)) {}

  absl::Status WarmUp();

  const ModelSpec spec_;
  const SpecialTokens special_;
  const std::shared_ptr<const ModelWeights> weights_;
  const std::unique_ptr<const DeviceBert> model_;
  const std::string device_;   // and precision
  std::vector<float> pooled_;  // of the running batch

  mutable std::mutex mutex_;
  absl::Status last_;  // of Encode; guarded by mutex_
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_DEVICE_ENCODER_H_
