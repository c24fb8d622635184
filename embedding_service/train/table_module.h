// A static token table under training: a row is the weighted mean of the rows of the text's
// tokens. Each token's weight is learned beside its row and multiplied into it in the end, so that
// a model has rows alone.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TABLE_MODULE_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TABLE_MODULE_H_

#include <torch/torch.h>

#include <span>
#include <vector>

#include "embedding_service/train/trainable_encoder.h"

namespace seekd::train {

class TableModule final : public TrainableEncoder, public torch::nn::Module {
 public:
  // rows [vocabulary, dim], weights [vocabulary], positive; both fp32.
  TableModule(const at::Tensor& rows, const at::Tensor& weights);

  at::Tensor EncodeTexts(std::span<const std::span<const TokenId>> texts) override;
  std::vector<at::Tensor> TrainableTensors() const override { return parameters(); }
  // [vocabulary, dim] on the CPU: the rows times their weights.
  at::Tensor FoldedTable() const;

 private:
  at::Tensor rows_;
  at::Tensor log_weights_;
};

// Weights a / (a + share), of each token's share of all `ids` (Arora et al. 2017: smooth inverse
// frequency); a token that is not among them weighs 1e-4, next to nothing: its row stays as random
// as it begins. [vocabulary] fp32.
at::Tensor FrequencyWeights(std::span<const TokenId> ids, int64_t vocabulary, double a);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TABLE_MODULE_H_
