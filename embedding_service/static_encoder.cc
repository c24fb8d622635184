#include "embedding_service/static_encoder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr char kTableName[] = "embeddings";

}  // namespace

absl::StatusOr<std::unique_ptr<StaticEncoder>> StaticEncoder::Create(
    const ModelSpec& spec, TokenId unknown_id, std::unique_ptr<const SafetensorsFile> file,
    int threads) {
  ABSL_ASSIGN_OR_RETURN(const TensorView* table, file->Find(kTableName));
  const uint64_t rows = table->shape.empty() ? 0 : table->shape[0];
  if (rows == 0 || rows > INT32_MAX || table->shape != std::vector<uint64_t>{rows, spec.dim} ||
      (spec.vocab_size != 0 && rows != spec.vocab_size)) {
    return absl::InvalidArgumentError(
        absl::StrCat(file->path(), ": \"", kTableName, "\" is ", DescribeTensor(*table),
                     ", config.json says vocab_size ", spec.vocab_size, ", hidden_dim ", spec.dim));
  }
  if (table->type != TensorType::kF16 && table->type != TensorType::kF32) {
    return absl::InvalidArgumentError(absl::StrCat(file->path(), ": \"", kTableName, "\" is ",
                                                   DescribeTensor(*table),
                                                   ", expected F16 or F32"));
  }
  // Token weights and vocabulary mappings of other layouts would change the rows.
  if (file->tensors().size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(file->path(), ": ", file->tensors().size(),
                                                   " tensors, expected \"", kTableName,
                                                   "\" alone"));
  }
  std::unique_ptr<StaticEncoder> encoder(
      new StaticEncoder(spec, unknown_id, std::move(file), *table, threads));
  ABSL_RETURN_IF_ERROR(encoder->CheckTable());
  return encoder;
}

StaticEncoder::StaticEncoder(const ModelSpec& spec, TokenId unknown_id,
                             std::unique_ptr<const SafetensorsFile> file, const TensorView& table,
                             int threads)
    : file_(std::move(file)),
      table_(table),
      dim_(spec.dim),
      vocab_size_(static_cast<uint32_t>(table.shape[0])),
      max_input_tokens_(spec.max_input_tokens),
      unknown_id_(unknown_id),
      threads_(threads),
      widened_as_(vocab_size_, -1) {}

absl::Status StaticEncoder::CheckTable() const {
  const std::optional<uint64_t> bad = FirstNotFinite(table_);
  ABSL_RETURN_IF_ERROR(file_->status());
  if (!bad) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(file_->path(), ": \"", kTableName, "\" row ", *bad / dim_,
                                          " component ", *bad % dim_, " is not finite"));
}

void StaticEncoder::WidenRow(TokenId token) {
  const size_t at = widened_.size();
  widened_.resize(at + dim_);
  const size_t row_bytes = table_.bytes.size() / vocab_size_;
  const auto row = table_.bytes.subspan(static_cast<size_t>(token) * row_bytes, row_bytes);
  if (table_.type == TensorType::kF32) {
    std::memcpy(widened_.data() + at, row.data(), row.size());
    return;
  }
  // A file may place its tensors at odd addresses.
  if (reinterpret_cast<uintptr_t>(row.data()) % alignof(uint16_t) == 0) {
    FromHalf({reinterpret_cast<const uint16_t*>(row.data()), dim_}, widened_.data() + at);
    return;
  }
  std::vector<uint16_t> aligned(dim_);
  std::memcpy(aligned.data(), row.data(), row.size());
  FromHalf(aligned, widened_.data() + at);
}

absl::Status StaticEncoder::GatherTokens(std::span<const TokenSpan> inputs) {
  for (TokenId token : distinct_) widened_as_[token] = -1;
  distinct_.clear();
  widened_.clear();
  indices_.clear();
  offsets_.clear();
  for (TokenSpan input : inputs) {
    offsets_.push_back(static_cast<int32_t>(indices_.size()));
    for (TokenId token : input) {
      if (token == unknown_id_) continue;
      if (token < 0 || static_cast<uint32_t>(token) >= vocab_size_) {
        return absl::InvalidArgumentError(
            absl::StrCat("token id ", token, ", expected 0 to ", vocab_size_ - 1));
      }
      if (widened_as_[token] < 0) {
        widened_as_[token] = static_cast<int32_t>(distinct_.size());
        distinct_.push_back(token);
        WidenRow(token);
      }
      indices_.push_back(widened_as_[token]);
    }
  }
  return file_->status();
}

absl::Status StaticEncoder::SumBags(size_t bags, float* rows) {
  if (indices_.empty()) {
    std::fill_n(rows, bags * dim_, 0.0f);
    return absl::OkStatus();
  }
  try {
    const c10::InferenceMode no_gradients;
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    const auto sizes = [](const std::vector<int32_t>& v) { return static_cast<int64_t>(v.size()); };
    const at::Tensor table = at::from_blob(
        widened_.data(), {static_cast<int64_t>(distinct_.size()), int64_t{dim_}}, at::kFloat);
    const at::Tensor indices = at::from_blob(indices_.data(), {sizes(indices_)}, at::kInt);
    const at::Tensor offsets = at::from_blob(offsets_.data(), {sizes(offsets_)}, at::kInt);
    constexpr int64_t kSum = 0;  // the mode; dividing by the count would cancel out in the norm
    const at::Tensor sums =
        std::get<0>(at::embedding_bag(table, indices, offsets, /*scale_grad_by_freq=*/false, kSum));
    std::memcpy(rows, sums.contiguous().data_ptr<float>(), bags * dim_ * sizeof(float));
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("embedding_bag: ", e.what()));
  }
  return absl::OkStatus();
}

absl::Status StaticEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  if (inputs.empty()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(GatherTokens(inputs));
  ABSL_RETURN_IF_ERROR(SumBags(inputs.size(), rows));
  for (size_t i = 0; i < inputs.size(); ++i) NormalizeInPlace(rows + i * dim_, dim_);
  return absl::OkStatus();
}

}  // namespace seekd
