// An InputEncoder without a model: every token id has its own pseudo-random
// vector, an input is the unit vector of their sum. Inputs that share tokens
// are near, equal inputs are equal bit for bit on every machine.
// Thread safety: any thread may call any member.
#ifndef SEEKD_TESTS_SUPPORT_FAKE_ENCODER_H_
#define SEEKD_TESTS_SUPPORT_FAKE_ENCODER_H_

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/search/embedding_source.h"

namespace seekd::testing {

class FakeEncoder final : public InputEncoder {
 public:
  explicit FakeEncoder(uint32_t dim = 32, uint32_t max_input_tokens = UINT32_MAX)
      : dim_(dim), max_input_tokens_(max_input_tokens) {}

  uint32_t dim() const override { return dim_; }
  uint32_t max_input_tokens() const override { return max_input_tokens_; }
  // Suspends once through the caller's executor.
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Encode(std::vector<std::vector<TokenId>> inputs,
                                                        EncodeOptions options) override;

  // One row; zero for no tokens.
  std::vector<float> EncodeOne(std::span<const TokenId> tokens) const;

  uint64_t calls() const { return calls_.load(); }
  uint64_t rows_encoded() const { return rows_encoded_.load(); }

 private:
  absl::StatusOr<EmbeddingRows> Answer(const std::vector<std::vector<TokenId>>& inputs,
                                       const EncodeOptions& options);

  const uint32_t dim_;
  const uint32_t max_input_tokens_;
  std::atomic<uint64_t> calls_{0};
  std::atomic<uint64_t> rows_encoded_{0};
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_FAKE_ENCODER_H_
