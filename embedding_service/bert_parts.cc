#include "embedding_service/bert_parts.h"

#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/safetensors.h"

namespace seekd {
namespace {

constexpr char kWordTable[] = "embeddings.word_embeddings.weight";

}  // namespace

BertWeightReader::BertWeightReader(const ModelWeights* weights, const ModelSpec* spec,
                                   std::string prefix)
    : weights_(weights), spec_(spec), prefix_(std::move(prefix)) {}

absl::StatusOr<BertWeightReader> BertWeightReader::Open(const ModelWeights* weights,
                                                        const ModelSpec* spec) {
  ABSL_ASSIGN_OR_RETURN(std::string prefix, weights->PrefixOf(kWordTable));
  return BertWeightReader(weights, spec, std::move(prefix));
}

absl::StatusOr<at::ScalarType> BertWeightReader::TorchType(const TensorView& tensor) const {
  if (tensor.type == TensorType::kF32) return at::kFloat;
  if (tensor.type == TensorType::kF16) return at::kHalf;
  if (tensor.type == TensorType::kBF16) return at::kBFloat16;
  return absl::InvalidArgumentError(absl::StrCat(weights_->path(), ": tensor \"", tensor.name,
                                                 "\" is ", DescribeTensor(tensor),
                                                 ", expected F32, F16 or BF16"));
}

// In the type it is stored in; aligned ones stay in the mapped file.
absl::StatusOr<at::Tensor> BertWeightReader::Read(const std::string& name,
                                                  const std::vector<uint64_t>& shape) const {
  ABSL_ASSIGN_OR_RETURN(const TensorView* view, weights_->Find(prefix_ + name, shape));
  ABSL_ASSIGN_OR_RETURN(const at::ScalarType type, TorchType(*view));
  if (const std::optional<uint64_t> bad = FirstNotFinite(*view)) {
    return absl::DataLossError(absl::StrCat(weights_->path(), ": tensor \"", view->name,
                                            "\" component ", *bad, " is not finite"));
  }
  const std::vector<int64_t> sizes(shape.begin(), shape.end());
  const bool aligned =
      reinterpret_cast<uintptr_t>(view->bytes.data()) % c10::elementSize(type) == 0;
  if (aligned) {  // torch has no read-only tensors
    return at::from_blob(const_cast<uint8_t*>(view->bytes.data()), sizes, type);
  }
  at::Tensor copy = at::empty(sizes, type);
  std::memcpy(copy.data_ptr(), view->bytes.data(), view->bytes.size());
  return copy;
}

absl::StatusOr<at::Tensor> BertWeightReader::ReadFloat(const std::string& name,
                                                       const std::vector<uint64_t>& shape) const {
  ABSL_ASSIGN_OR_RETURN(const at::Tensor tensor, Read(name, shape));
  return tensor.to(at::kFloat);
}

absl::StatusOr<NormWeights> BertWeightReader::ReadNorm(const std::string& name) const {
  const bool of_tensorflow = weights_->Has(prefix_ + name + ".gamma");
  NormWeights norm;
  ABSL_ASSIGN_OR_RETURN(norm.weight,
                        ReadFloat(name + (of_tensorflow ? ".gamma" : ".weight"), {spec_->dim}));
  ABSL_ASSIGN_OR_RETURN(norm.bias,
                        ReadFloat(name + (of_tensorflow ? ".beta" : ".bias"), {spec_->dim}));
  return norm;
}

absl::StatusOr<LinearWeights> BertWeightReader::ReadLinear(const std::string& name, uint64_t out,
                                                           uint64_t in) const {
  LinearWeights linear;
  ABSL_ASSIGN_OR_RETURN(linear.weight, ReadFloat(name + ".weight", {out, in}));
  ABSL_ASSIGN_OR_RETURN(linear.bias, ReadFloat(name + ".bias", {out}));
  return linear;
}

absl::StatusOr<LinearWeights> BertWeightReader::ReadProjections(const std::string& name) const {
  std::vector<at::Tensor> weights, biases;
  for (const char* part : {"query", "key", "value"}) {
    ABSL_ASSIGN_OR_RETURN(LinearWeights linear, ReadLinear(name + part, spec_->dim, spec_->dim));
    weights.push_back(std::move(linear.weight));
    biases.push_back(std::move(linear.bias));
  }
  return LinearWeights{at::cat(weights), at::cat(biases)};
}

absl::StatusOr<EmbeddingWeights> BertWeightReader::ReadEmbeddings() const {
  EmbeddingWeights read;
  ABSL_ASSIGN_OR_RETURN(read.words, Read(kWordTable, {spec_->vocab_size, spec_->dim}));
  ABSL_ASSIGN_OR_RETURN(
      const at::Tensor positions,
      ReadFloat("embeddings.position_embeddings.weight", {spec_->max_positions, spec_->dim}));
  ABSL_ASSIGN_OR_RETURN(const at::Tensor types, ReadFloat("embeddings.token_type_embeddings.weight",
                                                          {spec_->token_types, spec_->dim}));
  read.positions = positions + types[0];
  ABSL_ASSIGN_OR_RETURN(read.norm, ReadNorm("embeddings.LayerNorm"));
  return read;
}

absl::StatusOr<LayerWeights> BertWeightReader::ReadLayer(uint32_t number) const {
  const std::string name = absl::StrCat("encoder.layer.", number, ".");
  LayerWeights layer;
  ABSL_ASSIGN_OR_RETURN(layer.query_key_value, ReadProjections(name + "attention.self."));
  ABSL_ASSIGN_OR_RETURN(layer.attention_output,
                        ReadLinear(name + "attention.output.dense", spec_->dim, spec_->dim));
  ABSL_ASSIGN_OR_RETURN(layer.attention_norm, ReadNorm(name + "attention.output.LayerNorm"));
  ABSL_ASSIGN_OR_RETURN(layer.intermediate,
                        ReadLinear(name + "intermediate.dense", spec_->intermediate, spec_->dim));
  ABSL_ASSIGN_OR_RETURN(layer.output,
                        ReadLinear(name + "output.dense", spec_->dim, spec_->intermediate));
  ABSL_ASSIGN_OR_RETURN(layer.output_norm, ReadNorm(name + "output.LayerNorm"));
  return layer;
}

void Activate(Activation activation, at::Tensor* x) {
  switch (activation) {
    case Activation::kGelu:
      at::gelu_(*x);
      return;
    case Activation::kGeluTanh:
      at::gelu_(*x, "tanh");
      return;
    case Activation::kQuickGelu:
      x->mul_(at::sigmoid(*x * 1.702));
      return;
    case Activation::kRelu:
      at::relu_(*x);
      return;
  }
}

void WritePositions(const TokenBlock& block, int32_t* positions) {
  for (const uint32_t length : block.lengths) {
    for (uint32_t i = 0; i < length; ++i) *positions++ = static_cast<int32_t>(i);
  }
}

}  // namespace seekd
