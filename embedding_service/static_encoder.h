// The token-table family (Model2Vec layout): a row is the L2-normalised mean of
// the rows of the table that the input's known tokens name.
//
// The fp16 table stays in the mapped file; a batch widens only the rows it
// needs. Sums are fp32, in token order: a row does not depend on its batch.
// Thread safety: as BatchEncoder.
#ifndef SEEKD_EMBEDDING_SERVICE_STATIC_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_STATIC_ENCODER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/safetensors.h"

namespace seekd {

class StaticEncoder final : public BatchEncoder {
 public:
  // The file must hold one tensor `embeddings`, fp16 or fp32, [rows, spec.dim];
  // `unknown_id` is skipped. Errors: NOT_FOUND, INVALID_ARGUMENT (shape, type,
  // further tensors), DATA_LOSS (an infinite or not-a-number component: where).
  static absl::StatusOr<std::unique_ptr<StaticEncoder>> Create(
      const ModelSpec& spec, TokenId unknown_id, std::unique_ptr<const SafetensorsFile> file,
      int threads);

  uint32_t dim() const override { return dim_; }
  uint32_t vocab_size() const override { return vocab_size_; }
  uint32_t max_input_tokens() const override { return max_input_tokens_; }
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;

 private:
  StaticEncoder(const ModelSpec& spec, TokenId unknown_id,
                std::unique_ptr<const SafetensorsFile> file, const TensorView& table, int threads);
  absl::Status CheckTable() const;
  absl::Status GatherTokens(std::span<const TokenSpan> inputs);
  void WidenRow(TokenId token);
  absl::Status SumBags(size_t bags, float* rows);

  const std::unique_ptr<const SafetensorsFile> file_;
  const TensorView& table_;
  const uint32_t dim_;
  const uint32_t vocab_size_;
  const uint32_t max_input_tokens_;
  const TokenId unknown_id_;
  const int threads_;

  // Of the running batch: its distinct tokens' rows, and the inputs as indices
  // into them.
  std::vector<int32_t> widened_as_;  // by token: its row of widened_, or -1
  std::vector<TokenId> distinct_;
  std::vector<float> widened_;  // distinct_.size() * dim_
  std::vector<int32_t> indices_;
  std::vector<int32_t> offsets_;  // of each input in indices_
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_STATIC_ENCODER_H_
