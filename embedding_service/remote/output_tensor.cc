#include "embedding_service/remote/output_tensor.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/vector/half.h"

namespace seekd {
namespace {

using Tensor = inference::ModelInferResponse::InferOutputTensor;

absl::StatusOr<size_t> ValueBytes(const Tensor& tensor) {
  if (tensor.datatype() == "FP32") return 4;
  if (tensor.datatype() == "FP16" || tensor.datatype() == "BF16") return 2;
  return absl::FailedPreconditionError(absl::StrCat(
      "output \"", tensor.name(), "\" is ", tensor.datatype(), ", expected FP32, FP16 or BF16"));
}

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  return value;
}

float ReadValue(std::string_view bytes, std::string_view type) {
  const uint32_t bits = LittleEndian(bytes);
  if (type == "FP16") return HalfToFloat(static_cast<uint16_t>(bits));
  return std::bit_cast<float>(type == "BF16" ? bits << 16 : bits);
}

absl::Status WrongSize(const Tensor& tensor, size_t found, size_t expected, const char* unit) {
  return absl::InternalError(absl::StrCat("output \"", tensor.name(), "\" of shape [",
                                          absl::StrJoin(tensor.shape(), ", "), "] came with ",
                                          found, " ", unit, ", expected ", expected));
}

absl::StatusOr<std::vector<float>> ReadRaw(const Tensor& tensor, std::string_view raw,
                                           size_t count) {
  ABSL_ASSIGN_OR_RETURN(const size_t width, ValueBytes(tensor));
  if (raw.size() != count * width) return WrongSize(tensor, raw.size(), count * width, "bytes");
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = ReadValue(raw.substr(i * width, width), tensor.datatype());
  }
  return values;
}

absl::StatusOr<std::vector<float>> ReadValues(const inference::ModelInferResponse& response,
                                              int index, size_t count) {
  const Tensor& tensor = response.outputs(index);
  if (index < response.raw_output_contents_size()) {
    return ReadRaw(tensor, response.raw_output_contents(index), count);
  }
  const auto& typed = tensor.contents().fp32_contents();
  if (static_cast<size_t>(typed.size()) != count) {
    return WrongSize(tensor, static_cast<size_t>(typed.size()), count, "FP32 values");
  }
  return std::vector<float>(typed.begin(), typed.end());
}

absl::Status CheckShape(const Tensor& tensor, const OutputLayout& layout, size_t rows) {
  const int axes = tensor.shape_size();
  if ((axes != 2 && axes != 3) || tensor.shape(axes - 1) != layout.dim) {
    return absl::FailedPreconditionError(
        absl::StrCat("output \"", tensor.name(), "\" is [", absl::StrJoin(tensor.shape(), ", "),
                     "], expected [rows, ", layout.dim, "] or [rows, length, ", layout.dim,
                     "] (\"hidden_dim\")"));
  }
  const bool right_length = axes == 2 || tensor.shape(1) == layout.length;
  if (tensor.shape(0) == static_cast<int64_t>(rows) && right_length) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("output \"", tensor.name(), "\" is [",
                                          absl::StrJoin(tensor.shape(), ", "), "] for ", rows,
                                          " inputs of ", layout.length, " tokens"));
}

// `vectors`: one for each of `length` tokens, of which the first `tokens` count.
void Pool(const float* vectors, uint32_t tokens, const OutputLayout& layout, float* row) {
  std::copy_n(vectors, layout.dim, row);
  if (layout.pooling == TokenPooling::kFirst) return;
  for (uint32_t t = 1; t < tokens; ++t) {
    for (uint32_t i = 0; i < layout.dim; ++i) row[i] += vectors[size_t{t} * layout.dim + i];
  }
  for (uint32_t i = 0; i < layout.dim; ++i) row[i] /= static_cast<float>(tokens);
}

}  // namespace

absl::Status ReadOutputTensor(const inference::ModelInferResponse& response,
                              const OutputLayout& layout, std::span<const uint32_t> tokens,
                              float* rows) {
  const auto& outputs = response.outputs();
  const auto found = std::ranges::find(outputs, layout.name, &Tensor::name);
  if (found == outputs.end()) {
    return absl::InternalError(absl::StrCat("output \"", layout.name, "\" is not in the answer"));
  }
  ABSL_RETURN_IF_ERROR(CheckShape(*found, layout, tokens.size()));
  const size_t vectors = tokens.size() * (found->shape_size() == 3 ? layout.length : 1);
  ABSL_ASSIGN_OR_RETURN(
      const std::vector<float> values,
      ReadValues(response, static_cast<int>(found - outputs.begin()), vectors * layout.dim));
  if (found->shape_size() == 2) {
    std::ranges::copy(values, rows);
    return absl::OkStatus();
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    Pool(values.data() + i * layout.length * layout.dim, tokens[i], layout, rows + i * layout.dim);
  }
  return absl::OkStatus();
}

}  // namespace seekd
