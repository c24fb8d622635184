#include "embedding_service/train/bert_module.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "embedding_service/train/device_tensor.h"

namespace seekd::train {
namespace {

constexpr double kDeviation = 0.02;
constexpr int64_t kTokenTypes = 2;
constexpr size_t kLengthGroups = 4;  // texts of similar length are padded together

at::Tensor Normal(int64_t rows, int64_t columns) { return at::randn({rows, columns}) * kDeviation; }

// A module that holds a tensor "weight", and perhaps "bias".
class Holder : public torch::nn::Module {
 public:
  at::Tensor weight;
  at::Tensor bias;
};

class Embedding final : public Holder {
 public:
  Embedding(int64_t rows, int64_t dim) { weight = register_parameter("weight", Normal(rows, dim)); }
};

class Linear final : public Holder {
 public:
  Linear(int64_t in, int64_t out) {
    weight = register_parameter("weight", Normal(out, in));
    bias = register_parameter("bias", at::zeros({out}));
  }
  // In the type of x.
  at::Tensor Apply(const at::Tensor& x) const {
    return at::linear(x, weight.to(x.scalar_type()), bias.to(x.scalar_type()));
  }
};

class LayerNorm final : public Holder {
 public:
  explicit LayerNorm(int64_t dim) {
    weight = register_parameter("weight", at::ones({dim}));
    bias = register_parameter("bias", at::zeros({dim}));
  }
  at::Tensor Apply(const at::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, kLayerNormEps);
  }
};

// Adds a module that only gives its children a place in the names.
template <typename Child>
std::shared_ptr<Child> Nest(torch::nn::Module* parent, const std::vector<std::string>& path,
                            std::shared_ptr<Child> child) {
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const auto children = parent->named_children();
    std::shared_ptr<torch::nn::Module> next;
    if (const auto* found = children.find(path[i])) {
      next = *found;
    } else {
      next = parent->register_module(path[i], std::make_shared<torch::nn::Module>());
    }
    parent = next.get();
  }
  return parent->register_module(path.back(), std::move(child));
}

class Embeddings final : public torch::nn::Module {
 public:
  explicit Embeddings(const BertShape& shape)
      : words(register_module("word_embeddings",
                              std::make_shared<Embedding>(shape.vocabulary, shape.dim))),
        positions(register_module("position_embeddings",
                                  std::make_shared<Embedding>(shape.max_positions, shape.dim))),
        types(register_module("token_type_embeddings",
                              std::make_shared<Embedding>(kTokenTypes, shape.dim))),
        norm(register_module("LayerNorm", std::make_shared<LayerNorm>(shape.dim))) {}

  at::Tensor Apply(const at::Tensor& ids) const {
    const at::Tensor places = positions->weight.narrow(0, 0, ids.size(1));
    return norm->Apply(at::embedding(words->weight, ids) + (places + types->weight[0]));
  }

  const std::shared_ptr<Embedding> words, positions, types;
  const std::shared_ptr<LayerNorm> norm;
};

class Layer final : public torch::nn::Module {
 public:
  explicit Layer(const BertShape& shape)
      : heads_(shape.heads),
        query_(Nest(this, {"attention", "self", "query"}, NewLinear(shape.dim, shape.dim))),
        key_(Nest(this, {"attention", "self", "key"}, NewLinear(shape.dim, shape.dim))),
        value_(Nest(this, {"attention", "self", "value"}, NewLinear(shape.dim, shape.dim))),
        mix_(Nest(this, {"attention", "output", "dense"}, NewLinear(shape.dim, shape.dim))),
        mix_norm_(Nest(this, {"attention", "output", "LayerNorm"},
                       std::make_shared<LayerNorm>(shape.dim))),
        inner_(Nest(this, {"intermediate", "dense"}, NewLinear(shape.dim, shape.intermediate))),
        outer_(Nest(this, {"output", "dense"}, NewLinear(shape.intermediate, shape.dim))),
        outer_norm_(Nest(this, {"output", "LayerNorm"}, std::make_shared<LayerNorm>(shape.dim))) {}

  // x [n, length, dim] fp32; mask [n, 1, 1, length] fp32, added to the scores.
  at::Tensor Apply(const at::Tensor& x, const at::Tensor& mask, at::ScalarType compute) const {
    const at::Tensor attended = mix_->Apply(Attend(x.to(compute), mask.to(compute)));
    const at::Tensor mixed = mix_norm_->Apply(x + attended.to(at::kFloat));
    const at::Tensor outer = outer_->Apply(at::gelu(inner_->Apply(mixed.to(compute))));
    return outer_norm_->Apply(mixed + outer.to(at::kFloat));
  }

 private:
  static std::shared_ptr<Linear> NewLinear(int64_t in, int64_t out) {
    return std::make_shared<Linear>(in, out);
  }

  at::Tensor Heads(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  at::Tensor Attend(const at::Tensor& x, const at::Tensor& mask) const {
    const double width = static_cast<double>(x.size(2)) / static_cast<double>(heads_);
    const at::Tensor query = Heads(query_->Apply(x)) * (1 / std::sqrt(width));
    const at::Tensor scores = at::matmul(query, Heads(key_->Apply(x)).transpose(2, 3)) + mask;
    const at::Tensor mixed = at::matmul(at::softmax(scores, -1), Heads(value_->Apply(x)));
    return mixed.transpose(1, 2).reshape(x.sizes());
  }

  const int64_t heads_;
  const std::shared_ptr<Linear> query_, key_, value_, mix_;
  const std::shared_ptr<LayerNorm> mix_norm_;
  const std::shared_ptr<Linear> inner_, outer_;
  const std::shared_ptr<LayerNorm> outer_norm_;
};

}  // namespace

BertModule::BertModule(const BertShape& shape, at::ScalarType compute)
    : shape_(shape), compute_(compute) {
  embeddings_ = register_module("embeddings", std::make_shared<Embeddings>(shape));
  for (int64_t i = 0; i < shape.layers; ++i) {
    layers_.push_back(
        Nest(this, {"encoder", "layer", std::to_string(i)}, std::make_shared<Layer>(shape)));
  }
}

void BertModule::SetWords(const at::Tensor& rows, double gain) {
  const torch::NoGradGuard no_gradients;
  const at::Tensor words = static_cast<Embeddings&>(*embeddings_).words->weight;
  words.copy_(rows * (gain * kDeviation / rows.std().item<double>()));
}

at::Tensor BertModule::EncodePadded(const at::Tensor& ids, const at::Tensor& lengths) {
  const at::Tensor places = at::arange(ids.size(1), ids.options());
  const at::Tensor real = (places.unsqueeze(0) < lengths.unsqueeze(1)).to(at::kFloat);
  const at::Tensor mask = ((1 - real) * -1e4).unsqueeze(1).unsqueeze(1);
  at::Tensor x = static_cast<const Embeddings&>(*embeddings_).Apply(ids);
  for (const auto& layer : layers_) {
    x = static_cast<const Layer&>(*layer).Apply(x, mask, compute_);
  }
  return (x * real.unsqueeze(2)).sum(1) / lengths.unsqueeze(1);
}

at::Tensor BertModule::EncodeGroup(std::span<const std::span<const TokenId>> texts,
                                   std::span<const uint32_t> group) {
  size_t longest = 0;
  for (const uint32_t i : group) longest = std::max(longest, texts[i].size() + 2);
  std::vector<int64_t> ids(group.size() * longest, 0), lengths;
  for (size_t row = 0; row < group.size(); ++row) {
    const std::span<const TokenId> text = texts[group[row]];
    int64_t* out = ids.data() + row * longest;
    *out = shape_.cls;
    *std::copy(text.begin(), text.end(), out + 1) = shape_.sep;
    lengths.push_back(static_cast<int64_t>(text.size() + 2));
  }
  const at::Device device = parameters()[0].device();
  const auto rows = static_cast<int64_t>(group.size());
  return EncodePadded(ToDevice(ids, device).reshape({rows, -1}), ToDevice(lengths, device));
}

at::Tensor BertModule::EncodeTexts(std::span<const std::span<const TokenId>> texts) {
  std::vector<uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](uint32_t i) { return texts[i].size(); });
  const size_t step = (texts.size() + kLengthGroups - 1) / kLengthGroups;
  std::vector<at::Tensor> parts;
  for (size_t begin = 0; begin < order.size(); begin += step) {
    parts.push_back(
        EncodeGroup(texts, std::span(order).subspan(begin, std::min(step, order.size() - begin))));
  }
  std::vector<int64_t> places(texts.size());
  for (size_t i = 0; i < order.size(); ++i) places[order[i]] = static_cast<int64_t>(i);
  const at::Tensor rows = at::cat(parts);
  return rows.index_select(0, ToDevice(places, rows.device()));
}

}  // namespace seekd::train
