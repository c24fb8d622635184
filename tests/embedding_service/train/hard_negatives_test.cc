#include "embedding_service/train/hard_negatives.h"

#include "tests/support/catch.h"

namespace seekd::train {
namespace {

// A text of one token t is the direction of t degrees.
class AngleEncoder final : public TrainableEncoder {
 public:
  at::Tensor EncodeTexts(std::span<const std::span<const TokenId>> texts) override {
    std::vector<float> degrees;
    for (const auto& text : texts) degrees.push_back(static_cast<float>(text[0]));
    const at::Tensor angles = at::tensor(degrees, at::kFloat) * (3.14159265 / 180);
    return at::stack({angles.cos(), angles.sin()}, 1) * 3;
  }
  std::vector<at::Tensor> TrainableTensors() const override { return {}; }
};

TokenPairs Pairs(const std::vector<std::pair<TokenId, TokenId>>& angles) {
  TokenPairs pairs;
  for (const auto& [query, passage] : angles) {
    pairs.queries.Append(std::vector<TokenId>{query});
    pairs.passages.Append(std::vector<TokenId>{passage});
    pairs.query_hashes.push_back(static_cast<uint64_t>(query));
    pairs.passage_hashes.push_back(static_cast<uint64_t>(passage));
  }
  return pairs;
}

CATCH_TEST_CASE("the nearest wrong passage, unless it may be right", "[train]") {
  // To the query at 0 degrees: its own at 10, one as near at 12, then 40, 90.
  const TokenPairs pairs = Pairs({{0, 10}, {200, 12}, {210, 40}, {220, 90}});
  AngleEncoder encoder;
  const std::vector<uint32_t> pool = {0, 1, 2, 3};
  CATCH_CHECK(FindHardNegatives(pairs, pool, 0.95, &encoder)[0] == 2);
  CATCH_CHECK(FindHardNegatives(pairs, pool, 1.0, &encoder)[0] == 1);
  CATCH_CHECK(FindHardNegatives(pairs, pool, 0.5, &encoder)[0] == 3);
  // Numbers are those of the pairs, not their places in the pool.
  const std::vector<uint32_t> some = {3, 0};
  CATCH_CHECK(FindHardNegatives(pairs, some, 0.95, &encoder)[1] == 3);
}

CATCH_TEST_CASE("equal passages are no hard negatives", "[train]") {
  const TokenPairs pairs = Pairs({{0, 10}, {5, 10}});
  AngleEncoder encoder;
  const std::vector<uint32_t> pool = {0, 1};
  CATCH_CHECK(FindHardNegatives(pairs, pool, 0.95, &encoder) ==
              std::vector<uint32_t>{kNoNegative, kNoNegative});
}

}  // namespace
}  // namespace seekd::train
