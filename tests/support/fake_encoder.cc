#include "tests/support/fake_encoder.h"

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace seekd::testing {
namespace {

// splitmix64 (Steele, Lea, Flood 2014).
uint64_t NextRandom(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void Normalize(std::vector<float>* row) {
  double norm = 0;
  for (float v : *row) norm += static_cast<double>(v) * v;
  if (norm == 0) return;
  const double scale = 1 / std::sqrt(norm);
  for (float& v : *row) v = static_cast<float>(v * scale);
}

}  // namespace

std::vector<float> FakeEncoder::EncodeOne(std::span<const TokenId> tokens) const {
  std::vector<float> row(dim_, 0.0f);
  for (TokenId token : tokens) {
    uint64_t state = static_cast<uint32_t>(token);
    // Multiples of 2^-20 in [-1, 1): sums are exact, so order does not matter.
    for (float& v : row) v += static_cast<float>(NextRandom(&state) >> 43) * 0x1p-20f - 1.0f;
  }
  Normalize(&row);
  return row;
}

asio::awaitable<absl::StatusOr<EmbeddingRows>> FakeEncoder::Encode(
    std::vector<std::vector<TokenId>> inputs, EncodeOptions options) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return Answer(inputs, options);
}

absl::StatusOr<EmbeddingRows> FakeEncoder::Answer(const std::vector<std::vector<TokenId>>& inputs,
                                                  const EncodeOptions& options) {
  if (IsCancelled(options.cancellation)) return absl::CancelledError("fake: cancelled");
  EmbeddingRows rows;
  rows.dim = dim_;
  for (const auto& input : inputs) {
    if (input.size() > max_input_tokens_) {
      return absl::InvalidArgumentError(
          absl::StrCat("input of ", input.size(), " tokens, limit ", max_input_tokens_));
    }
    const std::vector<float> row = EncodeOne(input);
    rows.values.insert(rows.values.end(), row.begin(), row.end());
  }
  ++calls_;
  rows_encoded_ += inputs.size();
  rows.recomputed = static_cast<uint32_t>(inputs.size());
  return rows;
}

}  // namespace seekd::testing
