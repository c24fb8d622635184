// What the two ways to run a BERT share (bert_model.cc, device_bert.cc): its weights, read layer by
// layer, and what is no linear layer. Includes torch.
#ifndef SEEKD_EMBEDDING_SERVICE_BERT_PARTS_H_
#define SEEKD_EMBEDDING_SERVICE_BERT_PARTS_H_

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/token_block.h"

namespace seekd {

struct LinearWeights {
  at::Tensor weight;  // [out, in] fp32
  at::Tensor bias;    // [out] fp32
};

struct NormWeights {
  at::Tensor weight;  // [dim] fp32
  at::Tensor bias;
};

struct EmbeddingWeights {
  at::Tensor words;      // [vocab, dim], as stored
  at::Tensor positions;  // [max_positions, dim] fp32, type 0's row added
  NormWeights norm;
};

struct LayerWeights {
  LinearWeights query_key_value;  // the three projections, one under the other; a copy
  LinearWeights attention_output;
  NormWeights attention_norm;
  LinearWeights intermediate;
  LinearWeights output;
  NormWeights output_norm;
};

// Tensors of a checkpoint on the CPU, mapped ones where type and place in the file allow it: they
// live in the weights, and nothing may write to them. Errors: NOT_FOUND (a tensor),
// INVALID_ARGUMENT (its shape or type), DATA_LOSS (a component that is not finite).
class BertWeightReader {
 public:
  // Both outlive it.
  static absl::StatusOr<BertWeightReader> Open(const ModelWeights* weights, const ModelSpec* spec);

  absl::StatusOr<EmbeddingWeights> ReadEmbeddings() const;
  absl::StatusOr<LayerWeights> ReadLayer(uint32_t number) const;

 private:
  BertWeightReader(const ModelWeights* weights, const ModelSpec* spec, std::string prefix);
  absl::StatusOr<at::ScalarType> TorchType(const TensorView& tensor) const;
  absl::StatusOr<at::Tensor> Read(const std::string& name,
                                  const std::vector<uint64_t>& shape) const;
  absl::StatusOr<at::Tensor> ReadFloat(const std::string& name,
                                       const std::vector<uint64_t>& shape) const;
  absl::StatusOr<NormWeights> ReadNorm(const std::string& name) const;
  absl::StatusOr<LinearWeights> ReadLinear(const std::string& name, uint64_t out,
                                           uint64_t in) const;
  absl::StatusOr<LinearWeights> ReadProjections(const std::string& name) const;

  const ModelWeights* weights_;
  const ModelSpec* spec_;
  std::string prefix_;
};

// In place.
void Activate(Activation activation, at::Tensor* x);

// Each token's place in its sequence, ids.size() of them.
void WritePositions(const TokenBlock& block, int32_t* positions);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BERT_PARTS_H_
