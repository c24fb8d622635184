#include "embedding_service/torchscript_encoder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "embedding_service/batch_layout.h"

namespace seekd {
namespace {

// Of a call, padding included: some more would pad more, and fill no core better.
constexpr uint64_t kPaddedTokens = 2048;
// Of the long probe: enough to step over the end of a short position table.
constexpr uint32_t kProbeLength = 512;
constexpr float kProbeTolerance = 1e-4f;  // of a component of a unit row

// What `body` throws as INTERNAL; torch's own exceptions without the C++ stack.
template <typename Body>
absl::Status WithoutThrowing(const char* doing, Body body) {
  try {
    body();
    return absl::OkStatus();
  } catch (const c10::Error& e) {
    return absl::InternalError(absl::StrCat(doing, ": ", e.what_without_backtrace()));
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat(doing, ": ", e.what()));
  }
}

// `status` with the file's path, and with `code` in place of its own.
absl::Status Of(const std::string& path, absl::StatusCode code, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(code, absl::StrCat(path, ": ", status.message()));
}

// Inputs side by side, each [batch, length] int64.
struct PaddedBatch {
  std::vector<uint32_t> lengths;  // of its inputs, special tokens included
  at::Tensor ids;
  at::Tensor mask;  // 1 for a token, 0 for padding
};

PaddedBatch PadBatch(std::span<const TokenSpan> inputs, std::span<const uint32_t> batch,
                     const std::optional<SpecialTokens>& special, TokenId pad) {
  PaddedBatch padded;
  for (const uint32_t i : batch) {
    padded.lengths.push_back(static_cast<uint32_t>(inputs[i].size()) +
                             (special ? kSpecialTokens : 0));
  }
  const int64_t longest = *std::ranges::max_element(padded.lengths);
  const int64_t rows = static_cast<int64_t>(batch.size());
  padded.ids = at::full({rows, longest}, int64_t{pad}, at::kLong);
  padded.mask = at::zeros({rows, longest}, at::kLong);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t* ids = padded.ids.data_ptr<int64_t>() + row * longest;
    if (special) *ids++ = special->cls;
    ids = std::ranges::copy(inputs[batch[row]], ids).out;
    if (special) *ids = special->sep;
    std::fill_n(padded.mask.data_ptr<int64_t>() + row * longest, padded.lengths[row], 1);
  }
  return padded;
}

std::vector<c10::IValue> Arguments(const PaddedBatch& padded, const TorchScriptSpec& script) {
  std::vector<c10::IValue> arguments;
  for (const ModuleInput input : script.inputs) {
    switch (input) {
      case ModuleInput::kInputIds:
        arguments.emplace_back(padded.ids);
        break;
      case ModuleInput::kAttentionMask:
        arguments.emplace_back(padded.mask);
        break;
      case ModuleInput::kTokenTypeIds:
        arguments.emplace_back(at::zeros_like(padded.ids));
        break;
    }
  }
  return arguments;
}

absl::StatusOr<at::Tensor> EntryOf(const c10::Dict<c10::IValue, c10::IValue>& entries,
                                   const std::string& name) {
  std::vector<std::string> found;
  for (const auto& entry : entries) {
    if (!entry.key().isString()) continue;
    found.push_back(entry.key().toStringRef());
    if (found.back() == name && entry.value().isTensor()) return entry.value().toTensor();
  }
  return absl::InternalError(absl::StrCat("the module returns a dict of ",
                                          absl::StrJoin(found, ", "), "; \"output\" is \"", name,
                                          "\", expected the name of a tensor among them"));
}

absl::StatusOr<at::Tensor> TensorOf(const c10::IValue& value, const std::string& name) {
  if (value.isTensor()) return value.toTensor();
  if (value.isTuple()) {
    const auto& elements = value.toTupleRef().elements();
    if (!elements.empty() && elements[0].isTensor()) return elements[0].toTensor();
  }
  if (value.isGenericDict()) return EntryOf(value.toGenericDict(), name);
  return absl::InternalError(absl::StrCat("the module returns ", value.tagKind(),
                                          ", expected a tensor, a tuple that begins with one, or a "
                                          "dict of tensors"));
}

absl::Status CheckTensor(const at::Tensor& tensor, const std::vector<int64_t>& shape) {
  if (tensor.scalar_type() == at::kFloat && tensor.sizes() == at::IntArrayRef(shape) &&
      tensor.device().is_cpu() && tensor.layout() == at::kStrided) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(
      "the module returns ", c10::toString(tensor.scalar_type()), " [",
      absl::StrJoin(tensor.sizes(), ", "), "] on ", tensor.device().str(), ", expected Float [",
      absl::StrJoin(shape, ", "), "] on cpu: rows, ",
      shape.size() == 3 ? "length, \"hidden_dim\" (with \"pooling\": \"none\" rows, \"hidden_dim\")"
                        : "\"hidden_dim\""));
}

}  // namespace

struct TorchScriptEncoder::Module {
  torch::jit::Module code;

  // Called with `padded`: [rows, length, dim], or [rows, dim] where the module pools.
  absl::StatusOr<at::Tensor> Run(const PaddedBatch& padded, const TorchScriptSpec& script,
                                 uint32_t dim) {
    std::vector<int64_t> shape = padded.ids.sizes().vec();
    if (!script.pooling) shape.pop_back();
    shape.push_back(dim);
    ABSL_ASSIGN_OR_RETURN(const at::Tensor output,
                          TensorOf(code.forward(Arguments(padded, script)), script.output));
    ABSL_RETURN_IF_ERROR(CheckTensor(output, shape));
    return output.contiguous();
  }
};

absl::StatusOr<std::unique_ptr<TorchScriptEncoder>> TorchScriptEncoder::Create(
    const std::string& path, const ModelSpec& spec, const TorchScriptSpec& script,
    const Tokenizer& tokenizer, int threads) {
  ModelSpec sized = spec;
  sized.vocab_size = tokenizer.vocab_size();
  const SpecialTokens special{tokenizer.cls_id(), tokenizer.sep_id()};
  if (script.special_tokens) ABSL_RETURN_IF_ERROR(CheckSpecialTokens(sized, special, path));
  auto module = std::make_unique<Module>();
  const absl::Status loaded = WithoutThrowing("not a TorchScript module (torch.jit.save)", [&] {
    module->code = torch::jit::load(path, at::kCPU);
    module->code.eval();
  });
  ABSL_RETURN_IF_ERROR(Of(path, absl::StatusCode::kInvalidArgument, loaded));
  std::unique_ptr<TorchScriptEncoder> encoder(
      new TorchScriptEncoder(path, sized, script, special, std::max(tokenizer.pad_id(), TokenId{0}),
                             std::move(module), threads));
  ABSL_RETURN_IF_ERROR(Of(path, absl::StatusCode::kInvalidArgument, encoder->Probe()));
  return encoder;
}

TorchScriptEncoder::TorchScriptEncoder(const std::string& path, const ModelSpec& spec,
                                       const TorchScriptSpec& script, const SpecialTokens& special,
                                       TokenId pad, std::unique_ptr<Module> module, int threads)
    : path_(path),
      spec_(spec),
      script_(script),
      special_(special),
      pad_(pad),
      module_(std::move(module)),
      threads_(threads) {}

TorchScriptEncoder::~TorchScriptEncoder() = default;

// The highest ids, the longest input, padding, and a row alone: what a module gets wrong first.
absl::Status TorchScriptEncoder::Probe() {
  const size_t dim = spec_.dim;
  std::vector<TokenId> longest(std::min(spec_.max_input_tokens, kProbeLength));
  for (size_t i = 0; i < longest.size(); ++i) {
    longest[i] = static_cast<TokenId>(spec_.vocab_size - 1 - i % spec_.vocab_size);
  }
  const TokenSpan both[] = {longest, TokenSpan(longest).first(1)};
  std::vector<float> rows(3 * dim);
  ABSL_RETURN_IF_ERROR(EncodeAll(both, rows.data()));
  ABSL_RETURN_IF_ERROR(EncodeAll({&both[1], 1}, rows.data() + 2 * dim));
  for (size_t d = 0; d < dim; ++d) {
    const float together = rows[dim + d], alone = rows[2 * dim + d];
    if (std::abs(together - alone) <= kProbeTolerance) continue;
    return absl::InternalError(absl::StrCat(
        "a row depends on what shares its batch: component ", d, " is ", together, " beside an ",
        "input of ", longest.size(), " tokens, ", alone, " alone. Does the module use its mask?"));
  }
  return absl::OkStatus();
}

absl::Status TorchScriptEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  ABSL_RETURN_IF_ERROR(CheckInputs(inputs, spec_.vocab_size, spec_.max_input_tokens));
  return Of(path_, absl::StatusCode::kInternal, EncodeAll(inputs, rows));
}

absl::Status TorchScriptEncoder::EncodeAll(std::span<const TokenSpan> inputs, float* rows) {
  std::fill_n(rows, inputs.size() * spec_.dim, 0.0f);
  std::vector<uint32_t> filled, lengths;
  for (uint32_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) continue;
    filled.push_back(i);
    lengths.push_back(static_cast<uint32_t>(inputs[i].size()) + kSpecialTokens);
  }
  for (std::vector<uint32_t>& batch : PackBatches(lengths, kPaddedTokens)) {
    for (uint32_t& i : batch) i = filled[i];
    absl::Status status;
    ABSL_RETURN_IF_ERROR(
        WithoutThrowing("the module throws", [&] { status = EncodePadded(inputs, batch, rows); }));
    ABSL_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status TorchScriptEncoder::EncodePadded(std::span<const TokenSpan> inputs,
                                              std::span<const uint32_t> batch, float* rows) {
  const c10::InferenceMode no_gradients;
  // Code that is specialised for shapes after some runs would give other rows than before.
  const torch::jit::GraphOptimizerEnabledGuard as_written(false);
  if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
  const PaddedBatch padded = PadBatch(
      inputs, batch, script_.special_tokens ? std::optional(special_) : std::nullopt, pad_);
  ABSL_ASSIGN_OR_RETURN(const at::Tensor output, module_->Run(padded, script_, spec_.dim));
  const float* vectors = output.data_ptr<float>();
  const int64_t stride = output.numel() / output.size(0);
  for (size_t i = 0; i < batch.size(); ++i, vectors += stride) {
    ABSL_RETURN_IF_ERROR(MakeRow(vectors, padded.lengths[i], rows + size_t{batch[i]} * spec_.dim));
  }
  return absl::OkStatus();
}

absl::Status TorchScriptEncoder::MakeRow(const float* vectors, uint32_t tokens, float* row) const {
  const size_t dim = spec_.dim;
  if (script_.pooling) {
    PoolTokens(vectors, tokens, dim, *script_.pooling, row);
  } else {
    std::copy_n(vectors, dim, row);
  }
  const float square = InnerProduct(row, row, dim);
  if (!std::isfinite(square)) {
    return absl::InternalError(absl::StrCat("the module returns a row that is not finite, for an ",
                                            "input of ", tokens, " tokens"));
  }
  NormalizeInPlace(row, dim);
  return absl::OkStatus();
}

}  // namespace seekd
