// How fast an encoder is: rows per second of random inputs of one length, so many at once.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_BENCH_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_BENCH_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "embedding_service/encoder.h"

namespace seekd {

// Thread safety: one thread at a time.
class ModelBench {
 public:
  explicit ModelBench(std::unique_ptr<BatchEncoder> encoder) : encoder_(std::move(encoder)) {}

  std::string device() const { return encoder_->device(); }
  uint32_t max_input_tokens() const { return encoder_->max_input_tokens(); }

  // By the median of as many batches as half a second takes, three at least; one before them
  // is not counted. Errors of the encoder, CANCELLED.
  absl::StatusOr<double> RowsPerSecond(uint32_t tokens, uint32_t rows,
                                       const CancellationPtr& cancellation);

 private:
  const std::unique_ptr<BatchEncoder> encoder_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_BENCH_H_
