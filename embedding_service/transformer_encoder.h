// The BERT-shaped family as an encoder: adds [CLS] and [SEP], runs BertModel, takes the mean
// over all tokens or the row of [CLS], and scales it to unit length.
// Thread safety: as BatchEncoder.
#ifndef SEEKD_EMBEDDING_SERVICE_TRANSFORMER_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_TRANSFORMER_ENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/bert_model.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/precision.h"
#include "embedding_service/token_block.h"

namespace seekd {

class TransformerEncoder final : public BatchEncoder {
 public:
  // Errors: those of BertModel::Load, INVALID_ARGUMENT (no [CLS] or [SEP]).
  static absl::StatusOr<std::unique_ptr<TransformerEncoder>> Create(
      const ModelSpec& spec, const SpecialTokens& special,
      std::shared_ptr<const ModelWeights> weights, int threads,
      Precision precision = Precision::kFp32);

  uint32_t dim() const override { return spec_.dim; }
  uint32_t vocab_size() const override { return spec_.vocab_size; }
  uint32_t max_input_tokens() const override { return spec_.max_input_tokens; }
  // An input without tokens is the zero row.
  absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) override;
  std::string device() const override { return DeviceAndPrecision("cpu", precision_); }

 private:
  TransformerEncoder(const ModelSpec& spec, const SpecialTokens& special,
                     std::shared_ptr<const ModelWeights> weights,
                     std::unique_ptr<const BertModel> model, int threads, Precision precision)
      : spec_(spec),
        special_(special),
        weights_(std::move(weights)),
        model_(std::move(model)),
        threads_(threads),
        precision_(precision) {}

  // The inputs numbered by `order`, in blocks of a good size for the threads; their hidden states
  // go one after another into hidden_.
  std::vector<TokenBlock> MakeBlocks(std::span<const TokenSpan> inputs,
                                     std::span<const uint32_t> order);

  const ModelSpec spec_;
  const SpecialTokens special_;
  const std::shared_ptr<const ModelWeights> weights_;
  const std::unique_ptr<const BertModel> model_;
  const int threads_;
  const Precision precision_;
  std::vector<float> hidden_;  // of the running batch
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_TRANSFORMER_ENCODER_H_
