#include "embedding_service/transformer_encoder.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr uint32_t kSpecialTokens = 2;
// A block of fewer tokens spends its time on reading weights, one of more leaves the cache.
constexpr uint64_t kMinBlockTokens = 64;
constexpr uint64_t kMaxBlockTokens = 512;

std::vector<uint32_t> LongestFirst(std::span<const TokenSpan> inputs) {
  std::vector<uint32_t> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](uint32_t i) { return inputs[i].size(); });
  return order;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TransformerEncoder>> TransformerEncoder::Create(
    const ModelSpec& spec, const SpecialTokens& special,
    std::shared_ptr<const ModelWeights> weights, int threads, Precision precision) {
  for (TokenId id : {special.cls, special.sep}) {
    if (id >= 0 && static_cast<uint32_t>(id) < spec.vocab_size) continue;
    return absl::InvalidArgumentError(absl::StrCat(weights->path(), ": [CLS] ", special.cls,
                                                   " and [SEP] ", special.sep,
                                                   " must be ids below ", spec.vocab_size));
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<const BertModel> model,
                        BertModel::Load(spec, weights, precision));
  return std::unique_ptr<TransformerEncoder>(
      new TransformerEncoder(spec, special, std::move(weights), std::move(model), threads));
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

std::vector<TokenBlock> TransformerEncoder::MakeBlocks(std::span<const TokenSpan> inputs,
                                                       std::span<const uint32_t> order) {
  uint64_t tokens = 0;
  for (TokenSpan input : inputs) tokens += input.size() + kSpecialTokens;
  hidden_.resize(tokens * spec_.dim);
  const auto threads = static_cast<uint64_t>(threads_);
  // Too few for all threads: one block, which they share.
  const uint64_t budget = inputs.size() < threads
                              ? tokens
                              : std::clamp(tokens / threads, kMinBlockTokens, kMaxBlockTokens);
  std::vector<TokenBlock> blocks;
  float* hidden = hidden_.data();
  for (uint32_t i : order) {
    const size_t length = inputs[i].size() + kSpecialTokens;
    if (blocks.empty() || blocks.back().ids.size() + length > budget) {
      blocks.emplace_back().hidden = hidden;
    }
    TokenBlock& block = blocks.back();
    block.ids.push_back(special_.cls);
    block.ids.insert(block.ids.end(), inputs[i].begin(), inputs[i].end());
    block.ids.push_back(special_.sep);
    block.lengths.push_back(static_cast<uint32_t>(length));
    hidden += length * spec_.dim;
  }
  return blocks;
}

void TransformerEncoder::Pool(const float* hidden, uint32_t tokens, float* row) const {
  const size_t dim = spec_.dim;
  std::copy_n(hidden, dim, row);  // [CLS]
  if (spec_.pooling == Pooling::kMean) {
    // The sum will do: its length is 1 in the end.
    for (uint32_t t = 1; t < tokens; ++t) {
      for (size_t d = 0; d < dim; ++d) row[d] += hidden[t * dim + d];
    }
  }
  NormalizeInPlace(row, dim);
}

absl::Status TransformerEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  if (inputs.empty()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CheckInputs(inputs));
  const std::vector<uint32_t> order = LongestFirst(inputs);
  ABSL_RETURN_IF_ERROR(model_->Run(MakeBlocks(inputs, order), threads_));
  const float* hidden = hidden_.data();
  for (uint32_t i : order) {
    const size_t dim = spec_.dim;
    const auto tokens = static_cast<uint32_t>(inputs[i].size() + kSpecialTokens);
    Pool(hidden, tokens, rows + i * dim);
    if (inputs[i].empty()) std::fill_n(rows + i * dim, dim, 0.0f);
    hidden += tokens * dim;
  }
  return weights_->status();
}

}  // namespace seekd
