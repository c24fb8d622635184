#include "tests/bench/padded_bert.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace seekd::bench {
namespace {

struct Affine {
  at::Tensor weight;
  at::Tensor bias;
};

struct Layer {
  Affine query_key_value, attention_output, attention_norm, intermediate, output, output_norm;
};

at::Tensor Linear(const at::Tensor& x, const Affine& layer) {
  return at::linear(x, layer.weight, layer.bias);
}

at::Tensor Norm(const at::Tensor& x, const Affine& norm, float eps) {
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, eps);
}

// x [rows, length, dim], mask [rows, 1, 1, length].
at::Tensor Attend(const at::Tensor& x, const Layer& layer, const at::Tensor& mask, int64_t heads) {
  const int64_t rows = x.size(0), length = x.size(1), dim = x.size(2);
  const auto parts = Linear(x, layer.query_key_value)
                         .view({rows, length, 3, heads, dim / heads})
                         .permute({2, 0, 3, 1, 4})
                         .unbind(0);
  const double scale = 1 / std::sqrt(static_cast<double>(dim / heads));
  at::Tensor weights = at::matmul(parts[0] * scale, parts[1].transpose(2, 3));
  weights = at::softmax(weights.add_(mask), -1);
  const at::Tensor mixed =
      at::matmul(weights, parts[2]).transpose(1, 2).reshape({rows, length, dim});
  return Linear(mixed, layer.attention_output);
}

}  // namespace

struct PaddedBert::Layers {
  at::Tensor words, positions;
  Affine embedding_norm;
  std::vector<Layer> layers;
};

PaddedBert::PaddedBert(const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights,
                       int threads)
    : spec_(spec),
      weights_(std::move(weights)),
      threads_(threads),
      layers_(std::make_unique<Layers>()) {
  const uint64_t dim = spec.dim, inner = spec.intermediate;
  const auto read = [&](const std::string& name, const std::vector<uint64_t>& shape) {
    const TensorView* view = weights_->Find(name, shape).value();
    return at::from_blob(const_cast<uint8_t*>(view->bytes.data()),
                         std::vector<int64_t>(shape.begin(), shape.end()), at::kFloat);
  };
  const auto linear = [&](const std::string& name, uint64_t out, uint64_t in) {
    return Affine{read(name + ".weight", {out, in}), read(name + ".bias", {out})};
  };
  const auto norm = [&](const std::string& name) {
    return Affine{read(name + ".weight", {dim}), read(name + ".bias", {dim})};
  };
  layers_->words = read("embeddings.word_embeddings.weight", {spec.vocab_size, dim});
  layers_->positions = read("embeddings.position_embeddings.weight", {spec.max_positions, dim}) +
                       read("embeddings.token_type_embeddings.weight", {2, dim})[0];
  layers_->embedding_norm = norm("embeddings.LayerNorm");
  for (uint32_t i = 0; i < spec.layers; ++i) {
    const std::string name = absl::StrCat("encoder.layer.", i, ".");
    const Affine q = linear(name + "attention.self.query", dim, dim);
    const Affine k = linear(name + "attention.self.key", dim, dim);
    const Affine v = linear(name + "attention.self.value", dim, dim);
    layers_->layers.push_back(
        {{at::cat({q.weight, k.weight, v.weight}), at::cat({q.bias, k.bias, v.bias})},
         linear(name + "attention.output.dense", dim, dim),
         norm(name + "attention.output.LayerNorm"),
         linear(name + "intermediate.dense", inner, dim),
         linear(name + "output.dense", dim, inner),
         norm(name + "output.LayerNorm")});
  }
}

PaddedBert::~PaddedBert() = default;

void PaddedBert::Encode(std::span<const TokenSpan> inputs, float* rows) const {
  const c10::InferenceMode no_gradients;
  if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
  size_t longest = 0;
  for (TokenSpan input : inputs) longest = std::max(longest, input.size());
  const auto count = static_cast<int64_t>(inputs.size());
  const auto length = static_cast<int64_t>(longest);
  const at::Tensor ids = at::zeros({count, length}, at::kLong);
  const at::Tensor mask = at::zeros({count, length}, at::kFloat);
  for (int64_t row = 0; row < count; ++row) {
    std::ranges::copy(inputs[row], ids.data_ptr<int64_t>() + row * length);
    std::fill_n(mask.data_ptr<float>() + row * length, inputs[row].size(), 1.0f);
  }
  const at::Tensor hidden_pads = at::zeros({count, 1, 1, length})
                                     .masked_fill_(mask.view({count, 1, 1, length}).eq(0),
                                                   -std::numeric_limits<float>::infinity());
  const float eps = spec_.layer_norm_eps;
  at::Tensor x = at::embedding(layers_->words, ids) + layers_->positions.narrow(0, 0, length);
  x = Norm(x, layers_->embedding_norm, eps);
  for (const Layer& layer : layers_->layers) {
    x = Norm(x + Attend(x, layer, hidden_pads, spec_.heads), layer.attention_norm, eps);
    const at::Tensor inner = at::gelu(Linear(x, layer.intermediate));
    x = Norm(x + Linear(inner, layer.output), layer.output_norm, eps);
  }
  at::Tensor sums = (x * mask.unsqueeze(-1)).sum(1);
  sums = (sums / sums.norm(2, 1, /*keepdim=*/true)).contiguous();
  std::memcpy(rows, sums.data_ptr<float>(), sums.nbytes());
}

}  // namespace seekd::bench
