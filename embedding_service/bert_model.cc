#include "embedding_service/bert_model.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/native/quantized/PackedParams.h>
#include <dlfcn.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/bert_parts.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for runs serially here: compile this file with OpenMP"
#endif

namespace seekd {
namespace {

constexpr int64_t kMinRowsPerThread = 32;  // fewer are not worth a second look at the weights
// A block of fewer tokens, say a question, is sooner done by one thread than threads
// have met dozens of times.
constexpr size_t kMinSharedTokens = 128;

// OpenBLAS has one pool of its own for all threads that call it, and knows nothing of
// torch's: products that several threads ask for would wait for each other.
void UseOneThreadPerProduct() {
  using SetThreads = void (*)(int);
  const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set != nullptr) set(1);
}

// How many threads share the parallel regions that this thread begins, while it lives.
class OpenMpThreads {
 public:
  explicit OpenMpThreads(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }
  ~OpenMpThreads() { omp_set_num_threads(before_); }

 private:
  const int before_;
};

// Runs body(begin, end) over 0 .. count on the library's threads, or on this one
// when it is one of them already.
void InParallel(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  at::parallel_for(0, count, grain, [&](int64_t begin, int64_t end) {
    const c10::InferenceMode no_gradients;  // a thread's own
    body(begin, end);
  });
}

// QNNPACK is for ARM: on x86 it is slower than fp32.
std::optional<at::QEngine> Int8Engine() {
  std::optional<at::QEngine> found;
  for (const at::QEngine engine : at::globalContext().supportedQEngines()) {
    if (engine != at::QEngine::NoQEngine && engine != at::QEngine::QNNPACK) found = engine;
  }
  return found;
}

bool HasFastBf16() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

using Int8Weight = c10::intrusive_ptr<LinearPackedParamsBase>;
// The library's own optional up to some release of 2.x, the standard's since.
using OptionalTensor =
    std::tuple_element_t<1, decltype(std::declval<LinearPackedParamsBase&>().unpack())>;

// Symmetric, a scale for each output. REQUIRES: Int8Engine().
Int8Weight QuantizeWeight(const at::Tensor& weight) {
  at::globalContext().setQEngine(*Int8Engine());
  static const auto prepack = c10::Dispatcher::singleton()
                                  .findSchemaOrThrow("quantized::linear_prepack", "")
                                  .typed<Int8Weight(at::Tensor, OptionalTensor)>();
  const at::Tensor scales = weight.abs().amax(1).clamp_min(1e-12).div(127);
  const at::Tensor zeros = at::zeros({weight.size(0)}, at::kLong);
  // No bias: what comes out is scaled before one is added.
  return prepack.call(at::quantize_per_channel(weight, scales, zeros, 0, at::kQInt8),
                      at::zeros({weight.size(0)}));
}

// A layer x W^T + b in one precision; fp32 in and out.
class Linear {
 public:
  Linear() = default;
  Linear(const LinearWeights& weights, Precision precision) {
    const at::Tensor& weight = weights.weight;
    const at::Tensor& bias = weights.bias;
    outputs_ = weight.size(0);
    if (precision == Precision::kInt8) {
      int8_ = QuantizeWeight(weight.contiguous());
      bias_ = bias.clone();
      return;
    }
    const auto type = precision == Precision::kBf16 ? at::kBFloat16 : at::kFloat;
    weight_ = weight.t().contiguous().to(type);  // 10 to 40 % faster than the stored order
    bias_ = bias.clone().to(type);
  }

  // x [tokens, in]
  at::Tensor Apply(const at::Tensor& x) const { return int8_ ? ApplyInt8(x) : ApplyFloat(x); }

 private:
  at::Tensor ApplyFloat(const at::Tensor& x) const {
    at::Tensor y = at::empty({x.size(0), outputs_}, x.options());
    InParallel(x.size(0), kMinRowsPerThread, [&](int64_t begin, int64_t end) {
      at::Tensor out = y.slice(0, begin, end);
      const at::Tensor in = x.slice(0, begin, end);
      if (weight_.scalar_type() == at::kFloat) {
        at::addmm_out(out, bias_, in, weight_);
      } else {
        out.copy_(at::addmm(bias_, in.to(weight_.scalar_type()), weight_));
      }
    });
    return y;
  }

  // The library takes one scale for all inputs from the largest of them. Each token is scaled to 1
  // before and back after, so that no token depends on its neighbours. One row more, with a -1
  // and a 1, makes the library's scale the same every time, and rows are rounded up: oneDNN
  // compiles a kernel for each scale and shape, which takes as long as running it.
  at::Tensor ApplyInt8(const at::Tensor& x) const {
    constexpr bool kReduceRange = true;  // FBGEMM's sums would saturate without AVX512_VNNI
    const int64_t tokens = x.size(0);
    const at::Tensor scales = x.abs().amax(1, /*keepdim=*/true).clamp_min_(1e-12);
    at::Tensor unit = at::empty({RoundUpRows(tokens + 1), x.size(1)}, x.options());
    at::Tensor scaled = unit.narrow(0, 0, tokens);
    at::div_out(scaled, x, scales);
    unit.slice(0, tokens).zero_();
    float* extremes = unit.data_ptr<float>() + tokens * x.size(1);
    extremes[0] = -1;
    extremes[x.size(1) - 1] = 1;
    const at::Tensor y = int8_->apply_dynamic(std::move(unit), kReduceRange);
    return at::addcmul(bias_, y.narrow(0, 0, tokens), scales);
  }

  static int64_t RoundUpRows(int64_t rows) {
    constexpr int64_t kStep = 64;
    if (rows > kStep / 2) return (rows + kStep - 1) / kStep * kStep;
    return rows > kStep / 4 ? kStep / 2 : kStep / 4;
  }

  int64_t outputs_ = 0;
  at::Tensor weight_;  // [in, out]
  at::Tensor bias_;
  Int8Weight int8_;
};

struct LayerNorm {
  at::Tensor weight;
  at::Tensor bias;
  float eps = 0;

  at::Tensor Apply(const at::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
  }
};

struct Layer {
  Linear query_key_value;  // the three projections, one under the other
  Linear attention_output;
  LayerNorm attention_norm;
  Linear intermediate;
  Linear output;
  LayerNorm output_norm;
};

LayerNorm MakeNorm(NormWeights weights, float eps) {
  return {std::move(weights.weight), std::move(weights.bias), eps};
}

// The scale of the attention's dot products goes into the queries.
LinearWeights ScaleQueries(LinearWeights projections, const ModelSpec& spec) {
  const double scale = 1 / std::sqrt(static_cast<double>(spec.dim / spec.heads));
  projections.weight.narrow(0, 0, spec.dim).mul_(scale);
  projections.bias.narrow(0, 0, spec.dim).mul_(scale);
  return projections;
}

Layer MakeLayer(LayerWeights weights, const ModelSpec& spec, Precision precision) {
  const float eps = spec.layer_norm_eps;
  return {Linear(ScaleQueries(std::move(weights.query_key_value), spec), precision),
          Linear(weights.attention_output, precision),
          MakeNorm(std::move(weights.attention_norm), eps),
          Linear(weights.intermediate, precision),
          Linear(weights.output, precision),
          MakeNorm(std::move(weights.output_norm), eps)};
}

// Self-attention of one sequence. qkv [length, 3 dim], mixed [length, dim]. Head by head, on
// strided views: the weights of one head fit the cache, and nothing is moved.
void AttendSequence(const at::Tensor& qkv, int64_t heads, const at::Tensor& mixed) {
  const int64_t length = qkv.size(0), dim = mixed.size(1), width = dim / heads;
  InParallel(heads, 1, [&](int64_t begin, int64_t end) {
    at::Tensor scores = at::empty({length, length}, qkv.options());
    for (int64_t head = begin; head < end; ++head) {
      const auto part = [&](int64_t which) {
        return qkv.narrow(1, which * dim + head * width, width);
      };
      at::mm_out(scores, part(0), part(1).t());
      at::Tensor out = mixed.narrow(1, head * width, width);
      at::mm_out(out, at::softmax(scores, -1), part(2));
    }
  });
}

at::Tensor Attend(const at::Tensor& qkv, std::span<const uint32_t> lengths, int64_t heads) {
  const at::Tensor mixed = at::empty({qkv.size(0), qkv.size(1) / 3}, qkv.options());
  int64_t begin = 0;
  for (const uint32_t length : lengths) {
    AttendSequence(qkv.narrow(0, begin, length), heads, mixed.narrow(0, begin, length));
    begin += length;
  }
  return mixed;
}

}  // namespace

struct BertModel::Layers {
  at::Tensor words;      // [vocab, dim], as stored
  at::Tensor positions;  // [max_positions, dim] fp32, type 0's row added
  LayerNorm embedding_norm;
  std::vector<Layer> layers;

  absl::Status Read(const ModelWeights& weights, const ModelSpec& spec, Precision precision);
  void Run(const TokenBlock& block, const ModelSpec& spec) const;
};

absl::Status BertModel::Layers::Read(const ModelWeights& weights, const ModelSpec& spec,
                                     Precision precision) {
  ABSL_ASSIGN_OR_RETURN(const BertWeightReader reader, BertWeightReader::Open(&weights, &spec));
  ABSL_ASSIGN_OR_RETURN(EmbeddingWeights embeddings, reader.ReadEmbeddings());
  words = std::move(embeddings.words);
  positions = std::move(embeddings.positions);
  embedding_norm = MakeNorm(std::move(embeddings.norm), spec.layer_norm_eps);
  for (uint32_t i = 0; i < spec.layers; ++i) {
    ABSL_ASSIGN_OR_RETURN(LayerWeights layer, reader.ReadLayer(i));
    layers.push_back(MakeLayer(std::move(layer), spec, precision));
  }
  return absl::OkStatus();
}

void BertModel::Layers::Run(const TokenBlock& block, const ModelSpec& spec) const {
  const auto tokens = static_cast<int64_t>(block.ids.size());
  const at::Tensor ids = at::from_blob(const_cast<TokenId*>(block.ids.data()), {tokens}, at::kInt);
  at::Tensor x = at::embedding(words, ids).to(at::kFloat);
  const at::Tensor places = at::empty({tokens}, at::kInt);
  WritePositions(block, places.data_ptr<int32_t>());
  x = embedding_norm.Apply(x + at::embedding(positions, places));
  for (const Layer& layer : layers) {
    const at::Tensor qkv = layer.query_key_value.Apply(x);
    const at::Tensor mixed = Attend(qkv, block.lengths, spec.heads);
    x = layer.attention_norm.Apply(x.add_(layer.attention_output.Apply(mixed)));
    at::Tensor inner = layer.intermediate.Apply(x);
    Activate(spec.activation, &inner);
    x = layer.output_norm.Apply(x.add_(layer.output.Apply(inner)));
  }
  std::memcpy(block.hidden, x.contiguous().data_ptr<float>(), x.nbytes());
}

BertModel::BertModel(const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights)
    : spec_(spec), weights_(std::move(weights)), layers_(std::make_unique<Layers>()) {}

BertModel::~BertModel() = default;

std::vector<Precision> BertModel::SupportedPrecisions() {
  std::vector<Precision> supported = {Precision::kFp32};
  if (HasFastBf16()) supported.push_back(Precision::kBf16);
  if (Int8Engine()) supported.push_back(Precision::kInt8);
  return supported;
}

absl::StatusOr<std::unique_ptr<BertModel>> BertModel::Load(
    const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights, Precision precision) {
  if (precision == Precision::kInt8 && !Int8Engine()) {
    return absl::InvalidArgumentError("this libtorch has no int8 engine (FBGEMM or oneDNN)");
  }
  if (precision == Precision::kFp16) {
    return absl::InvalidArgumentError("fp16 is for devices: on the CPU there are fp32, bf16, int8");
  }
  UseOneThreadPerProduct();
  std::unique_ptr<BertModel> model(new BertModel(spec, std::move(weights)));
  const ModelWeights& files = *model->weights_;
  try {
    const c10::InferenceMode no_gradients;
    ABSL_RETURN_IF_ERROR(model->layers_->Read(files, spec, precision));
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat(files.path(), ": ", e.what()));
  }
  ABSL_RETURN_IF_ERROR(files.status());
  return model;
}

absl::Status BertModel::Run(std::span<const TokenBlock> blocks, int threads) const {
  try {
    const c10::InferenceMode no_gradients;
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
    if (blocks.size() == 1) {
      const OpenMpThreads sharing(blocks[0].ids.size() < kMinSharedTokens ? 1 : threads);
      layers_->Run(blocks[0], spec_);
      return absl::OkStatus();
    }
    std::atomic<size_t> next{0};
    InParallel(std::min<int64_t>(threads, static_cast<int64_t>(blocks.size())), 1,
               [&](int64_t, int64_t) {
                 for (size_t i = next++; i < blocks.size(); i = next++) {
                   layers_->Run(blocks[i], spec_);
                 }
               });
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("transformer forward pass: ", e.what()));
  }
  return absl::OkStatus();
}

}  // namespace seekd
