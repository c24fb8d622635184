// The BERT-shaped family: word, position and type embeddings, layers of
// self-attention and GELU feed-forward with post-layer-norm (Devlin et al.
// 2019), mean over all tokens, L2 norm. Adds [CLS] and [SEP]; fp32.
// Thread safety: as BatchEncoder.
#ifndef SEEKD_EMBEDDING_SERVICE_TRANSFORMER_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_TRANSFORMER_ENCODER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/safetensors.h"

namespace seekd {

struct SpecialTokens {
  TokenId cls = -1;
  TokenId sep = -1;
  TokenId pad = -1;  // its embedding never reaches a row; -1: 0 is used
};

class TransformerEncoder final : public BatchEncoder {
 public:
  // Weights under Hugging Face's names, with or without the prefix "bert.".
  // Errors: NOT_FOUND (a tensor), INVALID_ARGUMENT (its shape or type; no [CLS]
  // or [SEP]), INTERNAL.
  static absl::StatusOr<std::unique_ptr<TransformerEncoder>> Create(
      const ModelSpec& spec, const SpecialTokens& special,
      std::unique_ptr<const SafetensorsFile> file, int threads);
  ~TransformerEncoder() override;

  uint32_t dim() const override { return spec_.dim; }
  uint32_t vocab_size() const override { return spec_.vocab_size; }
  uint32_t max_input_tokens() const override { return spec_.max_input_tokens; }
  // An input without tokens is the zero row.
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;

 private:
  struct Weights;  // torch tensors
  TransformerEncoder(const ModelSpec& spec, const SpecialTokens& special,
                     std::unique_ptr<const SafetensorsFile> file, int threads);
  absl::Status CheckInputs(std::span<const TokenSpan> inputs) const;

  const ModelSpec spec_;
  const SpecialTokens special_;
  const std::unique_ptr<const SafetensorsFile> file_;  // mapped weights live in it
  const int threads_;
  std::unique_ptr<Weights> weights_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_TRANSFORMER_ENCODER_H_
