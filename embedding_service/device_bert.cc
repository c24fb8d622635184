#include "embedding_service/device_bert.h"

#include <ATen/ATen.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/attention_layout.h"
#include "embedding_service/bert_parts.h"

namespace seekd {
namespace {

// A block of fewer tokens pays more for starting kernels than for padding.
constexpr size_t kManyTokens = 8192;
constexpr double kLeastFill = 0.75;  // of an attention row, in larger blocks

c10::Device TorchDevice(const Device& device) {
  if (device.kind == DeviceKind::kCpu) return c10::Device(c10::DeviceType::CPU);
  if (device.kind == DeviceKind::kMps) return c10::Device(c10::DeviceType::MPS, 0);
  return c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device.index));
}

at::ScalarType TorchType(Precision precision) {
  if (precision == Precision::kBf16) return at::kBFloat16;
  return precision == Precision::kFp16 ? at::kHalf : at::kFloat;
}

// 0 where the library was built without such devices or finds no driver.
uint32_t CountDevices(c10::DeviceType type) {
  if (!c10::impl::hasDeviceGuardImpl(type)) return 0;
  return static_cast<uint32_t>(c10::impl::getDeviceGuardImpl(type)->deviceCount());
}

// cuDNN's attention makes a plan for every new shape, and here most shapes are new.
void AvoidPlannedAttention() {
  [](auto& context) {
    if constexpr (requires { context.setSDPUseCuDNN(false); }) context.setSDPUseCuDNN(false);
  }(at::globalContext());
}

// Where the tensors of a model are, in which type it computes, and whether attention takes packed
// sequences there: rectangles then only pool.
struct Place {
  c10::Device device;
  at::ScalarType type;
  bool packed_attention = false;

  bool on_cpu() const { return device.is_cpu(); }
  at::Tensor Move(const at::Tensor& t) const { return t.to(device, type); }
};

struct DeviceLinear {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;

  DeviceLinear(const LinearWeights& weights, const Place& place)
      : weight(place.Move(weights.weight)), bias(place.Move(weights.bias)) {}
  at::Tensor Apply(const at::Tensor& x) const { return at::addmm(bias, x, weight.t()); }
};

struct DeviceLayerNorm {
  at::Tensor weight;
  at::Tensor bias;
  float eps = 0;

  DeviceLayerNorm(const NormWeights& weights, float epsilon, const Place& place)
      : weight(place.Move(weights.weight)), bias(place.Move(weights.bias)), eps(epsilon) {}
  at::Tensor Apply(const at::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
  }
};

struct DeviceLayer {
  DeviceLinear query_key_value;
  DeviceLinear attention_output;
  DeviceLayerNorm attention_norm;
  DeviceLinear intermediate;
  DeviceLinear output;
  DeviceLayerNorm output_norm;

  DeviceLayer(const LayerWeights& weights, float eps, const Place& place)
      : query_key_value(weights.query_key_value, place),
        attention_output(weights.attention_output, place),
        attention_norm(weights.attention_norm, eps, place),
        intermediate(weights.intermediate, place),
        output(weights.output, place),
        output_norm(weights.output_norm, eps, place) {}
};

// One rectangle of the attention.
struct Rectangle {
  int64_t begin = 0;  // of its slots
  int64_t sequences = 0;
  int64_t length = 0;
  at::Tensor bias;  // [sequences, 1, 1, length]: -inf for what is no token; undefined: all are
  at::Tensor keep;  // [sequences, length, 1]: 0 for what is no token; likewise
};

// A block on the device.
struct DeviceBlock {
  at::Tensor ids;        // [tokens]
  at::Tensor positions;  // [tokens]
  at::Tensor starts;     // [sequences + 1]: the first token of each, and the end
  int64_t longest = 0;   // of its sequences
  std::vector<Rectangle> rectangles;
  // Undefined where slots and tokens are the same.
  at::Tensor token_of_slot;
  at::Tensor slot_of_token;

  at::Tensor ToSlots(const at::Tensor& x) const {
    return token_of_slot.defined() ? x.index_select(0, token_of_slot) : x;
  }
};

// Numbers on their way to the device, in one copy. On CUDA nobody waits for it: the library keeps
// pinned memory until it is over.
class Upload {
 public:
  explicit Upload(size_t count, const Place& place)
      : place_(place),
        host_(at::empty({static_cast<int64_t>(count)},
                        at::TensorOptions(at::kInt).pinned_memory(place.device.is_cuda()))),
        next_(host_.data_ptr<int32_t>()) {}

  // Room for so many numbers; they are written before Send.
  int32_t* Add(size_t count) {
    int32_t* const begin = next_;
    next_ += count;
    counts_.push_back(static_cast<int64_t>(count));
    return begin;
  }
  void Add(std::span<const int32_t> numbers) { std::ranges::copy(numbers, Add(numbers.size())); }

  // What was added, piece by piece.
  std::vector<at::Tensor> Send() const {
    return host_.to(place_.device, /*non_blocking=*/place_.device.is_cuda())
        .split_with_sizes(counts_);
  }

 private:
  const Place place_;
  const at::Tensor host_;
  int32_t* next_;
  std::vector<int64_t> counts_;
};

std::vector<int32_t> Starts(std::span<const uint32_t> lengths) {
  std::vector<int32_t> starts;
  int32_t at = 0;
  for (const uint32_t length : lengths) {
    starts.push_back(at);
    at += static_cast<int32_t>(length);
  }
  starts.push_back(at);
  return starts;
}

// [sequences, length] to what attention adds to its scores.
at::Tensor BiasOf(const at::Tensor& is_token, const Place& place) {
  const at::Tensor bias =
      at::zeros(is_token.sizes(), at::TensorOptions(place.type).device(place.device));
  bias.masked_fill_(is_token.logical_not(), -std::numeric_limits<float>::infinity());
  return bias.unsqueeze(1).unsqueeze(1);
}

// `lengths` [all sequences], on the device.
std::vector<Rectangle> MakeRectangles(const AttentionLayout& layout, const at::Tensor& lengths,
                                      const Place& place) {
  std::vector<Rectangle> rectangles;
  int64_t begin = 0;
  for (const AttentionBucket& bucket : layout.buckets) {
    Rectangle made{begin, bucket.sequences, bucket.length, {}, {}};
    begin += made.sequences * made.length;
    if (bucket.padded) {
      const at::Tensor of_row = lengths.narrow(0, bucket.first, made.sequences).unsqueeze(1);
      const at::Tensor is_token =
          at::arange(made.length, at::TensorOptions(at::kInt).device(place.device)).lt(of_row);
      made.keep = is_token.unsqueeze(2).to(place.type);
      if (!place.packed_attention) made.bias = BiasOf(is_token, place);
    }
    rectangles.push_back(std::move(made));
  }
  return rectangles;
}

DeviceBlock Send(const TokenBlock& block, const Place& place) {
  const size_t tokens = block.ids.size(), sequences = block.lengths.size();
  const bool one_rectangle = place.packed_attention || tokens < kManyTokens;
  const AttentionLayout layout = PlanAttention(block.lengths, one_rectangle ? 0 : kLeastFill);
  Upload upload(
      2 * tokens + 2 * sequences + 1 + layout.token_of_slot.size() + layout.slot_of_token.size(),
      place);
  upload.Add(block.ids);
  WritePositions(block, upload.Add(tokens));
  upload.Add(Starts(block.lengths));
  std::ranges::copy(block.lengths, upload.Add(sequences));
  upload.Add(layout.token_of_slot);
  upload.Add(layout.slot_of_token);
  const std::vector<at::Tensor> sent = upload.Send();
  DeviceBlock made{sent[0], sent[1], sent[2]};
  made.longest = *std::ranges::max_element(block.lengths);
  made.rectangles = MakeRectangles(layout, sent[3], place);
  if (layout.padded) {
    made.token_of_slot = sent[4];
    made.slot_of_token = sent[5];
  }
  return made;
}

// Queries, keys and values [sequences, heads, length, width]; so is the result.
at::Tensor AttendRectangle(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const at::Tensor& bias) {
#if TORCH_VERSION_MAJOR >= 2
  return bias.defined() ? at::scaled_dot_product_attention(q, k, v, bias)
                        : at::scaled_dot_product_attention(q, k, v);
#else
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  at::Tensor scores = at::matmul(q * scale, k.transpose(-2, -1));
  if (bias.defined()) scores.add_(bias);
  return at::matmul(at::softmax(scores, -1), v);
#endif
}

// FlashAttention's kernel for sequences one after another: it has no public name.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6)
constexpr bool kHasPackedAttention = true;
at::Tensor AttendPacked(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        const at::Tensor& starts, int64_t longest) {
  return std::get<0>(at::_flash_attention_forward(q, k, v, starts, starts, longest, longest,
                                                  /*dropout_p=*/0.0, /*is_causal=*/false,
                                                  /*return_debug_mask=*/false));
}
#else
constexpr bool kHasPackedAttention = false;
at::Tensor AttendPacked(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                        int64_t) {
  return {};
}
#endif

// What the library says when it is tried: older devices have no such kernel, nor has every width.
bool TakesPackedAttention(const Place& place, int64_t width) {
  if (!kHasPackedAttention || !place.device.is_cuda() || place.type == at::kFloat) return false;
  try {
    const at::Tensor x =
        at::zeros({2, 1, width}, at::TensorOptions(place.type).device(place.device));
    AttendPacked(x, x, x, at::arange(0, 3, 2, at::TensorOptions(at::kInt).device(place.device)), 2);
    return true;
  } catch (const c10::Error&) {
    return false;
  }
}

// qkv [tokens, 3 dim] to [tokens, dim].
at::Tensor Attend(const at::Tensor& qkv, const DeviceBlock& block, int64_t heads,
                  const Place& place) {
  const int64_t dim = qkv.size(1) / 3;
  if (place.packed_attention) {
    const at::Tensor parts = qkv.view({qkv.size(0), 3, heads, dim / heads});
    return AttendPacked(parts.select(1, 0), parts.select(1, 1), parts.select(1, 2), block.starts,
                        block.longest)
        .reshape({qkv.size(0), dim});
  }
  const at::Tensor slots = block.ToSlots(qkv);
  std::vector<at::Tensor> mixed;
  for (const Rectangle& r : block.rectangles) {
    const at::Tensor parts = slots.narrow(0, r.begin, r.sequences * r.length)
                                 .view({r.sequences, r.length, 3, heads, dim / heads})
                                 .permute({2, 0, 3, 1, 4});
    mixed.push_back(AttendRectangle(parts[0], parts[1], parts[2], r.bias)
                        .transpose(1, 2)
                        .reshape({r.sequences * r.length, dim}));
  }
  const at::Tensor all = mixed.size() == 1 ? mixed[0] : at::cat(mixed);
  return block.slot_of_token.defined() ? all.index_select(0, block.slot_of_token) : all;
}

// x [tokens, dim] to [sequences, dim] fp32.
at::Tensor Pool(const at::Tensor& x, const DeviceBlock& block, Pooling pooling) {
  if (pooling == Pooling::kCls) {
    const at::Tensor first = block.starts.narrow(0, 0, block.starts.size(0) - 1);
    return x.index_select(0, first).to(at::kFloat);
  }
  const at::Tensor slots = block.ToSlots(x);
  std::vector<at::Tensor> sums;
  for (const Rectangle& r : block.rectangles) {
    at::Tensor part =
        slots.narrow(0, r.begin, r.sequences * r.length).view({r.sequences, r.length, x.size(1)});
    if (r.keep.defined()) part = part * r.keep;
    // The sum will do: its length is 1 in the end.
    sums.push_back(at::sum(part, {1}, /*keepdim=*/false, at::kFloat));
  }
  return at::cat(sums);
}

// [rows, dim] fp32, as contiguous memory of this process; waits for all that was begun.
at::Tensor Receive(const std::vector<at::Tensor>& parts, const Place& place) {
  const at::Tensor all = at::cat(parts);
  if (place.on_cpu()) return all;
  const at::Tensor host =
      at::empty(all.sizes(), at::TensorOptions(at::kFloat).pinned_memory(place.device.is_cuda()));
  host.copy_(all);
  return host;
}

// The first line: what follows is for people who debug the library.
std::string FirstLine(const char* text) {
  const std::string_view all(text);
  return std::string(all.substr(0, all.find('\n')));
}

}  // namespace

struct DeviceBert::Layers {
  explicit Layers(const Place& at) : place(at) {}

  const Place place;
  at::Tensor words;                               // [vocab, dim], as stored
  at::Tensor positions;                           // [max_positions, dim] fp32
  std::optional<DeviceLayerNorm> embedding_norm;  // fp32; there once it is read
  std::vector<DeviceLayer> layers;

  absl::Status Read(const ModelWeights& weights, const ModelSpec& spec);
  at::Tensor Run(const DeviceBlock& block, const ModelSpec& spec) const;
};

absl::Status DeviceBert::Layers::Read(const ModelWeights& weights, const ModelSpec& spec) {
  ABSL_ASSIGN_OR_RETURN(const BertWeightReader reader, BertWeightReader::Open(&weights, &spec));
  ABSL_ASSIGN_OR_RETURN(const EmbeddingWeights embeddings, reader.ReadEmbeddings());
  words = embeddings.words.to(place.device);
  positions = embeddings.positions.to(place.device);
  embedding_norm.emplace(embeddings.norm, spec.layer_norm_eps, Place{place.device, at::kFloat});
  for (uint32_t i = 0; i < spec.layers; ++i) {
    ABSL_ASSIGN_OR_RETURN(const LayerWeights layer, reader.ReadLayer(i));
    layers.emplace_back(layer, spec.layer_norm_eps, place);
  }
  return absl::OkStatus();
}

at::Tensor DeviceBert::Layers::Run(const DeviceBlock& block, const ModelSpec& spec) const {
  at::Tensor x = at::embedding(words, block.ids).to(at::kFloat);
  x = embedding_norm->Apply(x.add_(at::embedding(positions, block.positions))).to(place.type);
  for (const DeviceLayer& layer : layers) {
    const at::Tensor mixed = Attend(layer.query_key_value.Apply(x), block, spec.heads, place);
    x = layer.attention_norm.Apply(x.add_(layer.attention_output.Apply(mixed)));
    at::Tensor inner = layer.intermediate.Apply(x);
    Activate(spec.activation, &inner);
    x = layer.output_norm.Apply(x.add_(layer.output.Apply(inner)));
  }
  return Pool(x, block, spec.pooling);
}

DeviceBert::DeviceBert(const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights,
                       const Device& device)
    : spec_(spec), weights_(std::move(weights)), device_(device) {}

DeviceBert::~DeviceBert() = default;

std::vector<Device> DeviceBert::FindDevices() {
  std::vector<Device> found;
  const uint32_t cuda = CountDevices(c10::DeviceType::CUDA);
  for (uint32_t i = 0; i < cuda; ++i) found.push_back({DeviceKind::kCuda, i});
  if (CountDevices(c10::DeviceType::MPS) > 0) found.push_back({DeviceKind::kMps});
  return found;
}

std::vector<Precision> DeviceBert::PrecisionsOf(const Device& device) {
  if (device.kind == DeviceKind::kCpu) return {Precision::kFp32, Precision::kBf16};
  if (device.kind == DeviceKind::kMps) return {Precision::kFp32, Precision::kFp16};
  return {Precision::kFp32, Precision::kBf16, Precision::kFp16};
}

absl::Status DeviceBert::Failure(const char* what) const {
  return absl::UnavailableError(absl::StrCat(DeviceName(device_), ": ", FirstLine(what)));
}

absl::StatusOr<std::unique_ptr<DeviceBert>> DeviceBert::Load(
    const ModelSpec& spec, std::shared_ptr<const ModelWeights> weights, const Device& device,
    Precision precision) {
  const std::vector<Precision> known = PrecisionsOf(device);
  if (std::ranges::find(known, precision) == known.end()) {
    const std::string_view name = PrecisionName(precision);
    return absl::InvalidArgumentError(absl::StrCat(DeviceName(device), " does not compute in ",
                                                   absl::string_view(name.data(), name.size())));
  }
  AvoidPlannedAttention();
  std::unique_ptr<DeviceBert> model(new DeviceBert(spec, std::move(weights), device));
  try {
    const c10::InferenceMode no_gradients;
    Place place{TorchDevice(device), TorchType(precision)};
    place.packed_attention = TakesPackedAttention(place, spec.dim / spec.heads);
    model->layers_ = std::make_unique<Layers>(place);
    ABSL_RETURN_IF_ERROR(model->layers_->Read(*model->weights_, spec));
  } catch (const std::exception& e) {
    return model->Failure(e.what());
  }
  ABSL_RETURN_IF_ERROR(model->weights_->status());
  return model;
}

absl::Status DeviceBert::Run(std::span<const TokenBlock> blocks, float* rows) const {
  try {
    const c10::InferenceMode no_gradients;
    std::vector<at::Tensor> pooled;
    for (const TokenBlock& block : blocks) {
      pooled.push_back(layers_->Run(Send(block, layers_->place), spec_));
    }
    const at::Tensor received = Receive(pooled, layers_->place);
    const float* const begin = received.data_ptr<float>();
    const float* const end = begin + received.numel();
    const float* const bad = std::find_if_not(begin, end, [](float f) { return std::isfinite(f); });
    if (bad != end) {
      return absl::InternalError(
          absl::StrCat(DeviceName(device_), ": row ", (bad - begin) / spec_.dim, " component ",
                       (bad - begin) % spec_.dim, " of a batch is not finite"));
    }
    std::copy(begin, end, rows);
  } catch (const std::exception& e) {
    return Failure(e.what());
  }
  return absl::OkStatus();
}

}  // namespace seekd
