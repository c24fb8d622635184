#include "embedding_service/transformer_encoder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

struct Affine {  // of a linear layer [out, in], [out], or of a layer norm [n], [n]
  at::Tensor weight;
  at::Tensor bias;
};

struct Layer {
  Affine query_key_value;  // the three projections, one under the other
  Affine attention_output;
  Affine attention_norm;
  Affine intermediate;
  Affine output;
  Affine output_norm;
};

// A batch on its way through the layers.
struct PaddedBatch {
  at::Tensor ids;        // [rows, length] int64
  at::Tensor mask;       // [rows, length] fp32: 1 for a token, 0 for padding
  at::Tensor attention;  // [rows, 1, 1, length] fp32: 0 for a token, -inf for padding
};

absl::StatusOr<at::ScalarType> TorchType(const SafetensorsFile& file, const TensorView& tensor) {
  switch (tensor.type) {
    case TensorType::kF32:
      return at::kFloat;
    case TensorType::kF16:
      return at::kHalf;
    case TensorType::kBF16:
      return at::kBFloat16;
    default:
      return absl::InvalidArgumentError(absl::StrCat(file.path(), ": tensor \"", tensor.name,
                                                     "\" is ", DescribeTensor(tensor),
                                                     ", expected F32, F16 or BF16"));
  }
}

// Reads tensors as fp32. Aligned fp32 ones stay in the mapped file.
class WeightReader {
 public:
  explicit WeightReader(const SafetensorsFile& file)
      : file_(file),
        prefix_(file.Find("bert.embeddings.word_embeddings.weight").ok() ? "bert." : "") {}

  absl::StatusOr<at::Tensor> Read(const std::string& name, const std::vector<uint64_t>& shape) {
    ABSL_ASSIGN_OR_RETURN(const TensorView* view, file_.Find(prefix_ + name, shape));
    ABSL_ASSIGN_OR_RETURN(const at::ScalarType type, TorchType(file_, *view));
    const std::vector<int64_t> sizes(shape.begin(), shape.end());
    const bool aligned =
        reinterpret_cast<uintptr_t>(view->bytes.data()) % c10::elementSize(type) == 0;
    if (aligned) {  // torch has no read-only tensors; nothing below writes to weights
      return at::from_blob(const_cast<uint8_t*>(view->bytes.data()), sizes, type).to(at::kFloat);
    }
    at::Tensor copy = at::empty(sizes, type);
    std::memcpy(copy.data_ptr(), view->bytes.data(), view->bytes.size());
    return copy.to(at::kFloat);
  }

  absl::StatusOr<Affine> ReadLinear(const std::string& name, uint64_t out, uint64_t in) {
    ABSL_ASSIGN_OR_RETURN(at::Tensor weight, Read(name + ".weight", {out, in}));
    ABSL_ASSIGN_OR_RETURN(at::Tensor bias, Read(name + ".bias", {out}));
    return Affine{std::move(weight), std::move(bias)};
  }

  absl::StatusOr<Affine> ReadNorm(const std::string& name, uint64_t size) {
    ABSL_ASSIGN_OR_RETURN(at::Tensor weight, Read(name + ".weight", {size}));
    ABSL_ASSIGN_OR_RETURN(at::Tensor bias, Read(name + ".bias", {size}));
    return Affine{std::move(weight), std::move(bias)};
  }

  absl::StatusOr<Layer> ReadLayer(const ModelSpec& spec, uint32_t number) {
    const std::string name = absl::StrCat("encoder.layer.", number, ".");
    const uint64_t dim = spec.dim;
    ABSL_ASSIGN_OR_RETURN(Affine q, ReadLinear(name + "attention.self.query", dim, dim));
    ABSL_ASSIGN_OR_RETURN(Affine k, ReadLinear(name + "attention.self.key", dim, dim));
    ABSL_ASSIGN_OR_RETURN(Affine v, ReadLinear(name + "attention.self.value", dim, dim));
    Layer layer;
    layer.query_key_value = {at::cat({q.weight, k.weight, v.weight}),
                             at::cat({q.bias, k.bias, v.bias})};
    ABSL_ASSIGN_OR_RETURN(layer.attention_output,
                          ReadLinear(name + "attention.output.dense", dim, dim));
    ABSL_ASSIGN_OR_RETURN(layer.attention_norm, ReadNorm(name + "attention.output.LayerNorm", dim));
    ABSL_ASSIGN_OR_RETURN(layer.intermediate,
                          ReadLinear(name + "intermediate.dense", spec.intermediate, dim));
    ABSL_ASSIGN_OR_RETURN(layer.output, ReadLinear(name + "output.dense", dim, spec.intermediate));
    ABSL_ASSIGN_OR_RETURN(layer.output_norm, ReadNorm(name + "output.LayerNorm", dim));
    return layer;
  }

 private:
  const SafetensorsFile& file_;
  const std::string prefix_;
};

at::Tensor Linear(const at::Tensor& x, const Affine& layer) {
  return at::linear(x, layer.weight, layer.bias);
}

at::Tensor Norm(const at::Tensor& x, const Affine& norm, float eps) {
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, eps);
}

PaddedBatch Pad(std::span<const TokenSpan> inputs, const SpecialTokens& special) {
  size_t longest = 0;
  for (TokenSpan input : inputs) longest = std::max(longest, input.size());
  const auto rows = static_cast<int64_t>(inputs.size());
  const auto length = static_cast<int64_t>(longest + 2);
  PaddedBatch batch;
  batch.ids = at::full({rows, length}, std::max(special.pad, 0), at::kLong);
  batch.mask = at::zeros({rows, length}, at::kFloat);
  for (int64_t row = 0; row < rows; ++row) {
    const TokenSpan input = inputs[row];
    int64_t* ids = batch.ids.data_ptr<int64_t>() + row * length;
    ids[0] = special.cls;
    std::ranges::copy(input, ids + 1);
    ids[input.size() + 1] = special.sep;
    std::fill_n(batch.mask.data_ptr<float>() + row * length, input.size() + 2, 1.0f);
  }
  batch.attention = at::zeros({rows, 1, 1, length}, at::kFloat);
  batch.attention.masked_fill_(batch.mask.view({rows, 1, 1, length}).eq(0),
                               -std::numeric_limits<float>::infinity());
  return batch;
}

// Scaled dot-product attention of all heads; x is [rows, length, dim].
at::Tensor Attend(const at::Tensor& x, const Layer& layer, const at::Tensor& mask, int64_t heads) {
  const int64_t rows = x.size(0), length = x.size(1), dim = x.size(2);
  const auto parts = Linear(x, layer.query_key_value)
                         .view({rows, length, 3, heads, dim / heads})
                         .permute({2, 0, 3, 1, 4})
                         .unbind(0);  // each [rows, heads, length, dim / heads]
  const double scale = 1 / std::sqrt(static_cast<double>(dim / heads));
  at::Tensor weights = at::matmul(parts[0] * scale, parts[1].transpose(2, 3));
  weights = at::softmax(weights.add_(mask), -1);
  const at::Tensor mixed =
      at::matmul(weights, parts[2]).transpose(1, 2).reshape({rows, length, dim});
  return Linear(mixed, layer.attention_output);
}

}  // namespace

struct TransformerEncoder::Weights {
  at::Tensor words;      // [vocab, dim]
  at::Tensor positions;  // [max_positions, dim], type 0's row added
  Affine embedding_norm;
  std::vector<Layer> layers;

  absl::Status Read(const SafetensorsFile& file, const ModelSpec& spec);
  at::Tensor Forward(const PaddedBatch& batch, const ModelSpec& spec) const;
};

absl::Status TransformerEncoder::Weights::Read(const SafetensorsFile& file, const ModelSpec& spec) {
  WeightReader reader(file);
  ABSL_ASSIGN_OR_RETURN(
      words, reader.Read("embeddings.word_embeddings.weight", {spec.vocab_size, spec.dim}));
  ABSL_ASSIGN_OR_RETURN(positions, reader.Read("embeddings.position_embeddings.weight",
                                               {spec.max_positions, spec.dim}));
  ABSL_ASSIGN_OR_RETURN(
      const at::Tensor types,
      reader.Read("embeddings.token_type_embeddings.weight", {spec.token_types, spec.dim}));
  positions = positions + types[0];
  ABSL_ASSIGN_OR_RETURN(embedding_norm, reader.ReadNorm("embeddings.LayerNorm", spec.dim));
  for (uint32_t i = 0; i < spec.layers; ++i) {
    ABSL_ASSIGN_OR_RETURN(Layer layer, reader.ReadLayer(spec, i));
    layers.push_back(std::move(layer));
  }
  return absl::OkStatus();
}

// Mean of the last layer over each row's tokens: [rows, dim].
at::Tensor TransformerEncoder::Weights::Forward(const PaddedBatch& batch,
                                                const ModelSpec& spec) const {
  const int64_t length = batch.ids.size(1);
  const float eps = spec.layer_norm_eps;
  at::Tensor x = at::embedding(words, batch.ids) + positions.narrow(0, 0, length);
  x = Norm(x, embedding_norm, eps);
  for (const Layer& layer : layers) {
    x = Norm(x + Attend(x, layer, batch.attention, spec.heads), layer.attention_norm, eps);
    const at::Tensor inner = at::gelu(Linear(x, layer.intermediate));
    x = Norm(x + Linear(inner, layer.output), layer.output_norm, eps);
  }
  const at::Tensor mask = batch.mask.unsqueeze(-1);
  return (x * mask).sum(1) / mask.sum(1);
}

TransformerEncoder::TransformerEncoder(const ModelSpec& spec, const SpecialTokens& special,
                                       std::unique_ptr<const SafetensorsFile> file, int threads)
    : spec_(spec),
      special_(special),
      file_(std::move(file)),
      threads_(threads),
      weights_(std::make_unique<Weights>()) {}

TransformerEncoder::~TransformerEncoder() = default;

absl::StatusOr<std::unique_ptr<TransformerEncoder>> TransformerEncoder::Create(
    const ModelSpec& spec, const SpecialTokens& special,
    std::unique_ptr<const SafetensorsFile> file, int threads) {
  for (TokenId id : {special.cls, special.sep}) {
    if (id >= 0 && static_cast<uint32_t>(id) < spec.vocab_size) continue;
    return absl::InvalidArgumentError(absl::StrCat(file->path(), ": [CLS] ", special.cls,
                                                   " and [SEP] ", special.sep,
                                                   " must be ids below ", spec.vocab_size));
  }
  std::unique_ptr<TransformerEncoder> encoder(
      new TransformerEncoder(spec, special, std::move(file), threads));
  try {
    const c10::InferenceMode no_gradients;
    ABSL_RETURN_IF_ERROR(encoder->weights_->Read(*encoder->file_, spec));
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat(encoder->file_->path(), ": ", e.what()));
  }
  ABSL_RETURN_IF_ERROR(encoder->file_->status());
  return encoder;
}

absl::Status TransformerEncoder::CheckInputs(std::span<const TokenSpan> inputs) const {
  for (TokenSpan input : inputs) {
    if (input.size() > spec_.max_input_tokens) {
      return absl::InvalidArgumentError(
          absl::StrCat("input of ", input.size(), " tokens, limit ", spec_.max_input_tokens));
    }
    for (TokenId id : input) {
      if (id >= 0 && static_cast<uint32_t>(id) < spec_.vocab_size) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("token id ", id, ", expected 0 to ", spec_.vocab_size - 1));
    }
  }
  return absl::OkStatus();
}

absl::Status TransformerEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  if (inputs.empty()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CheckInputs(inputs));
  const size_t dim = spec_.dim;
  try {
    const c10::InferenceMode no_gradients;
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    const at::Tensor means = weights_->Forward(Pad(inputs, special_), spec_).contiguous();
    std::memcpy(rows, means.data_ptr<float>(), inputs.size() * dim * sizeof(float));
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("transformer forward pass: ", e.what()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) std::fill_n(rows + i * dim, dim, 0.0f);
    NormalizeInPlace(rows + i * dim, dim);
  }
  return file_->status();
}

}  // namespace seekd
