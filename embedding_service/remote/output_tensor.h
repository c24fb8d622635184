// The tensor that a KServe server answers, made rows. Trusts nothing of it. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_OUTPUT_TENSOR_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_OUTPUT_TENSOR_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "embedding_service/remote/remote_spec.h"
#include "kserve/inference.pb.h"

namespace seekd {

struct OutputLayout {
  std::string name;
  uint32_t dim = 0;
  uint32_t length = 0;  // of the padded inputs
  TokenPooling pooling = TokenPooling::kMean;
};

// Writes tokens.size() * dim floats. [rows, dim] is taken as it is; [rows, length, dim] is pooled
// over the first tokens[i] vectors of row i, the others are padding. FP32, FP16 or BF16 as raw
// bytes, FP32 as typed contents. Errors: FAILED_PRECONDITION (type or dimensions that this model
// cannot have), INTERNAL (output missing, another number of rows or values than its shape says).
absl::Status ReadOutputTensor(const inference::ModelInferResponse& response,
                              const OutputLayout& layout, std::span<const uint32_t> tokens,
                              float* rows);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_OUTPUT_TENSOR_H_
