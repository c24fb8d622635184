#include "embedding_service/device_encoder.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// Enough for the device's units, little enough that its activations fit the memory of small ones.
constexpr uint64_t kBlockTokens = 16384;
constexpr uint32_t kShortInput = 12;  // a question
constexpr uint32_t kLongInput = 250;  // a chunk of the default size, roughly

}  // namespace

absl::StatusOr<std::unique_ptr<DeviceEncoder>> DeviceEncoder::Create(
    const ModelSpec& spec, const SpecialTokens& special,
    std::shared_ptr<const ModelWeights> weights, const Device& device, Precision precision) {
  ABSL_RETURN_IF_ERROR(CheckSpecialTokens(spec, special, weights->path()));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<const DeviceBert> model,
                        DeviceBert::Load(spec, weights, device, precision));
  std::unique_ptr<DeviceEncoder> encoder(
      new DeviceEncoder(spec, special, std::move(weights), std::move(model),
                        DeviceAndPrecision(DeviceName(device), precision)));
  if (device.kind != DeviceKind::kCpu) ABSL_RETURN_IF_ERROR(encoder->WarmUp());
  return encoder;
}

// One question; a block of chunks of one length; one of several.
absl::Status DeviceEncoder::WarmUp() {
  const std::vector<TokenId> tokens(std::min(kLongInput, spec_.max_input_tokens), 0);
  const TokenSpan whole(tokens);
  const TokenSpan question = whole.first(std::min<size_t>(kShortInput, whole.size()));
  const auto rows_of_block = static_cast<size_t>(kBlockTokens / (tokens.size() + kSpecialTokens));
  std::vector<TokenSpan> chunks(rows_of_block, whole);
  std::vector<float> rows(chunks.size() * spec_.dim);
  ABSL_RETURN_IF_ERROR(Encode({&question, 1}, rows.data()));
  ABSL_RETURN_IF_ERROR(Encode(chunks, rows.data()));
  for (size_t i = 0; i < chunks.size(); ++i) chunks[i] = whole.first(whole.size() - i % 8);
  return Encode(chunks, rows.data());
}

absl::Status DeviceEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  if (inputs.empty()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CheckInputs(inputs, spec_.vocab_size, spec_.max_input_tokens));
  const std::vector<uint32_t> order = LongestFirst(inputs);
  pooled_.resize(inputs.size() * spec_.dim);
  const absl::Status done =
      model_->Run(PackBlocks(inputs, order, special_, kBlockTokens), pooled_.data());
  {
    std::lock_guard lock(mutex_);
    last_ = done;
  }
  ABSL_RETURN_IF_ERROR(done);
  const size_t dim = spec_.dim;
  const float* pooled = pooled_.data();
  for (uint32_t i : order) {
    float* const row = rows + i * dim;
    if (inputs[i].empty()) {
      std::fill_n(row, dim, 0.0f);
    } else {
      std::copy_n(pooled, dim, row);
      NormalizeInPlace(row, dim);
    }
    pooled += dim;
  }
  return weights_->status();
}

absl::Status DeviceEncoder::health() const {
  std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace seekd
