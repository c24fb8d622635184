// Inputs as a transformer reads them: sequences with their special tokens, one after another,
// in blocks of a size that suits what computes them. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_TOKEN_BLOCK_H_
#define SEEKD_EMBEDDING_SERVICE_TOKEN_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "core/text/tokenizer.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"

namespace seekd {

struct SpecialTokens {
  TokenId cls = -1;
  TokenId sep = -1;
};
// Around every input.
inline constexpr uint32_t kSpecialTokens = 2;

struct TokenBlock {
  std::vector<TokenId> ids;       // of its sequences one after another, special tokens included
  std::vector<uint32_t> lengths;  // of its sequences, >= 1; their sum is ids.size()
  float* hidden = nullptr;        // where BertModel puts the last hidden state
};

// INVALID_ARGUMENT: an input longer than the model takes, or an id that it has no row for.
absl::Status CheckInputs(std::span<const TokenSpan> inputs, uint32_t vocab_size,
                         uint32_t max_input_tokens);
// INVALID_ARGUMENT: not ids of the model; `where` names its files.
absl::Status CheckSpecialTokens(const ModelSpec& spec, const SpecialTokens& special,
                                const std::string& where);

// The inputs' numbers, lengths descending; equal lengths keep their order.
std::vector<uint32_t> LongestFirst(std::span<const TokenSpan> inputs);
// Special tokens included.
uint64_t CountTokens(std::span<const TokenSpan> inputs);

// The inputs numbered by `order`, in that order, in blocks of at most `budget` tokens (a longer
// input is a block of its own). `hidden` is left to the caller.
std::vector<TokenBlock> PackBlocks(std::span<const TokenSpan> inputs,
                                   std::span<const uint32_t> order, const SpecialTokens& special,
                                   uint64_t budget);

// What `pooling` makes of the vectors of an input's tokens, [tokens, dim], tokens >= 1: that of
// the first, or their sum, which is their mean but for its length.
void PoolTokens(const float* vectors, uint32_t tokens, size_t dim, Pooling pooling, float* row);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_TOKEN_BLOCK_H_
