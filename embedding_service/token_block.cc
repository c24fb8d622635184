#include "embedding_service/token_block.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace seekd {

absl::Status CheckInputs(std::span<const TokenSpan> inputs, uint32_t vocab_size,
                         uint32_t max_input_tokens) {
  for (TokenSpan input : inputs) {
    if (input.size() > max_input_tokens) {
      return absl::InvalidArgumentError(
          absl::StrCat("input of ", input.size(), " tokens, limit ", max_input_tokens));
    }
    for (TokenId id : input) {
      if (id >= 0 && static_cast<uint32_t>(id) < vocab_size) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("token id ", id, ", expected 0 to ", vocab_size - 1));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSpecialTokens(const ModelSpec& spec, const SpecialTokens& special,
                                const std::string& where) {
  for (TokenId id : {special.cls, special.sep}) {
    if (id >= 0 && static_cast<uint32_t>(id) < spec.vocab_size) continue;
    return absl::InvalidArgumentError(absl::StrCat(where, ": [CLS] ", special.cls, " and [SEP] ",
                                                   special.sep, " must be ids below ",
                                                   spec.vocab_size));
  }
  return absl::OkStatus();
}

std::vector<uint32_t> LongestFirst(std::span<const TokenSpan> inputs) {
  std::vector<uint32_t> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](uint32_t i) { return inputs[i].size(); });
  return order;
}

uint64_t CountTokens(std::span<const TokenSpan> inputs) {
  uint64_t tokens = 0;
  for (TokenSpan input : inputs) tokens += input.size() + kSpecialTokens;
  return tokens;
}

std::vector<TokenBlock> PackBlocks(std::span<const TokenSpan> inputs,
                                   std::span<const uint32_t> order, const SpecialTokens& special,
                                   uint64_t budget) {
  std::vector<TokenBlock> blocks;
  for (uint32_t i : order) {
    const size_t length = inputs[i].size() + kSpecialTokens;
    if (blocks.empty() || blocks.back().ids.size() + length > budget) blocks.emplace_back();
    TokenBlock& block = blocks.back();
    block.ids.push_back(special.cls);
    block.ids.insert(block.ids.end(), inputs[i].begin(), inputs[i].end());
    block.ids.push_back(special.sep);
    block.lengths.push_back(static_cast<uint32_t>(length));
  }
  return blocks;
}

void PoolTokens(const float* vectors, uint32_t tokens, size_t dim, Pooling pooling, float* row) {
  std::copy_n(vectors, dim, row);
  if (pooling == Pooling::kCls) return;
  for (size_t t = 1; t < tokens; ++t) {
    for (size_t d = 0; d < dim; ++d) row[d] += vectors[t * dim + d];
  }
}

}  // namespace seekd
