// A BERT-shaped transformer under training, the same function as BertModel with mean pooling
// (embedding_service/bert_model.h): [CLS] and [SEP] added, the mean over all tokens. Parameters
// bear Hugging Face's names ("encoder.layer.0.attention.self.query.weight").
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_BERT_MODULE_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_BERT_MODULE_H_

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "embedding_service/train/trainable_encoder.h"

namespace seekd::train {

struct BertShape {
  int64_t vocabulary = 0;
  int64_t dim = 256;
  int64_t layers = 4;
  int64_t heads = 4;
  int64_t intermediate = 1024;
  int64_t max_positions = 512;  // tokens of a text, [CLS] and [SEP] among them
  TokenId cls = -1;
  TokenId sep = -1;
};

constexpr double kLayerNormEps = 1e-12;

class BertModule final : public TrainableEncoder, public torch::nn::Module {
 public:
  // Weights from torch's global generator, normal with deviation 0.02. Linear layers and attention
  // compute in `compute`, everything else in fp32; parameters are fp32.
  BertModule(const BertShape& shape, at::ScalarType compute);

  at::Tensor EncodeTexts(std::span<const std::span<const TokenId>> texts) override;
  std::vector<at::Tensor> TrainableTensors() const override { return parameters(); }
  // Takes the rows of a token table as word embeddings, scaled to the deviation that the others
  // begin with times `gain`. rows [vocabulary, dim].
  void SetWords(const at::Tensor& rows, double gain);

 private:
  // ids [n, length], the padding being 0; lengths [n]. Rows [n, dim].
  at::Tensor EncodePadded(const at::Tensor& ids, const at::Tensor& lengths);
  at::Tensor EncodeGroup(std::span<const std::span<const TokenId>> texts,
                         std::span<const uint32_t> group);

  const BertShape shape_;
  const at::ScalarType compute_;
  std::shared_ptr<torch::nn::Module> embeddings_;
  std::vector<std::shared_ptr<torch::nn::Module>> layers_;
};

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_BERT_MODULE_H_
