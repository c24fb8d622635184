#include "embedding_service/transformer_encoder.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// A block of fewer tokens spends its time on reading weights, one of more leaves the cache.
constexpr uint64_t kMinBlockTokens = 64;
constexpr uint64_t kMaxBlockTokens = 512;

}  // namespace

absl::StatusOr<std::unique_ptr<TransformerEncoder>> TransformerEncoder::Create(
    const ModelSpec& spec, const SpecialTokens& special,
    std::shared_ptr<const ModelWeights> weights, int threads, Precision precision) {
  ABSL_RETURN_IF_ERROR(CheckSpecialTokens(spec, special, weights->path()));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<const BertModel> model,
                        BertModel::Load(spec, weights, precision));
  return std::unique_ptr<TransformerEncoder>(new TransformerEncoder(
      spec, special, std::move(weights), std::move(model), threads, precision));
}

std::vector<TokenBlock> TransformerEncoder::MakeBlocks(std::span<const TokenSpan> inputs,
                                                       std::span<const uint32_t> order) {
  const uint64_t tokens = CountTokens(inputs);
  hidden_.resize(tokens * spec_.dim);
  const auto threads = static_cast<uint64_t>(threads_);
  // Too few for all threads: one block, which they share.
  const uint64_t budget = inputs.size() < threads
                              ? tokens
                              : std::clamp(tokens / threads, kMinBlockTokens, kMaxBlockTokens);
  std::vector<TokenBlock> blocks = PackBlocks(inputs, order, special_, budget);
  float* hidden = hidden_.data();
  for (TokenBlock& block : blocks) {
    block.hidden = hidden;
    hidden += block.ids.size() * spec_.dim;
  }
  return blocks;
}

absl::Status TransformerEncoder::Encode(std::span<const TokenSpan> inputs, float* rows) {
  if (inputs.empty()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CheckInputs(inputs, spec_.vocab_size, spec_.max_input_tokens));
  const std::vector<uint32_t> order = LongestFirst(inputs);
  ABSL_RETURN_IF_ERROR(model_->Run(MakeBlocks(inputs, order), threads_));
  const float* hidden = hidden_.data();
  for (uint32_t i : order) {
    const size_t dim = spec_.dim;
    const auto tokens = static_cast<uint32_t>(inputs[i].size() + kSpecialTokens);
    PoolTokens(hidden, tokens, dim, spec_.pooling, rows + i * dim);
    NormalizeInPlace(rows + i * dim, dim);
    if (inputs[i].empty()) std::fill_n(rows + i * dim, dim, 0.0f);
    hidden += tokens * dim;
  }
  return weights_->status();
}

}  // namespace seekd
