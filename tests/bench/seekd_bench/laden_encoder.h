// Rows of one encoder at the cost of another: searches take the same way through the same
// index whatever the encoder costs, and only the cost differs.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_LADEN_ENCODER_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_LADEN_ENCODER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "embedding_service/encoder.h"

namespace seekd::bench {

// Takes its time with a batch and leaves nothing behind.
using EncoderLoad = std::function<absl::Status(std::span<const TokenSpan>)>;

class LadenEncoder final : public BatchEncoder {
 public:
  LadenEncoder(std::unique_ptr<BatchEncoder> rows, EncoderLoad load)
      : rows_(std::move(rows)), load_(std::move(load)) {}

  uint32_t dim() const override { return rows_->dim(); }
  uint32_t vocab_size() const override { return rows_->vocab_size(); }
  uint32_t max_input_tokens() const override { return rows_->max_input_tokens(); }
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override {
    absl::Status status = load_(inputs);
    status.Update(rows_->Encode(inputs, rows));
    return status;
  }

 private:
  const std::unique_ptr<BatchEncoder> rows_;
  const EncoderLoad load_;
};

// Of a device that computes elsewhere: the processor is free meanwhile.
inline EncoderLoad Delay(double call_ms, double row_ms) {
  return [=](std::span<const TokenSpan> inputs) {
    const double ms = call_ms + row_ms * static_cast<double>(inputs.size());
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(ms));
    return absl::OkStatus();
  };
}

// Of another model on this processor. Its vocabulary is no smaller.
inline EncoderLoad Compute(std::shared_ptr<BatchEncoder> encoder) {
  return [encoder = std::move(encoder)](std::span<const TokenSpan> inputs) {
    std::vector<float> rows(inputs.size() * encoder->dim());
    return encoder->Encode(inputs, rows.data());
  };
}

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_LADEN_ENCODER_H_
