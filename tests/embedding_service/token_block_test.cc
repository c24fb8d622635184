#include "embedding_service/token_block.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Tokens = std::vector<TokenId>;

constexpr SpecialTokens kSpecial{101, 102};

CATCH_TEST_CASE("the longest first, equal ones in order", "[token_block]") {
  const std::vector<Tokens> inputs = {{1}, {1, 2, 3}, {}, {4}, {5, 6, 7}};
  const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
  CATCH_CHECK(LongestFirst(spans) == std::vector<uint32_t>{1, 4, 0, 3, 2});
  CATCH_CHECK(CountTokens(spans) == 8 + 2 * 5);
}

CATCH_TEST_CASE("sequences with their special tokens, in blocks", "[token_block]") {
  const std::vector<Tokens> inputs = {{1}, {2, 3, 4}, {}};
  const std::vector<TokenSpan> spans(inputs.begin(), inputs.end());
  const auto blocks = PackBlocks(spans, std::vector<uint32_t>{1, 0, 2}, kSpecial, 5);
  CATCH_REQUIRE(blocks.size() == 2);
  CATCH_CHECK(blocks[0].ids == Tokens{101, 2, 3, 4, 102});
  CATCH_CHECK(blocks[1].ids == Tokens{101, 1, 102, 101, 102});
  CATCH_CHECK(blocks[1].lengths == std::vector<uint32_t>{3, 2});
  CATCH_CHECK(PackBlocks(spans, std::vector<uint32_t>{1, 0, 2}, kSpecial, 1).size() == 3);
}

CATCH_TEST_CASE("pooling: the first token's vector, or the sum of all", "[token_block]") {
  const std::vector<float> vectors = {1, 2, 10, 20, 100, 200};
  std::vector<float> row(2);
  PoolTokens(vectors.data(), 3, 2, Pooling::kCls, row.data());
  CATCH_CHECK(row == std::vector<float>{1, 2});
  PoolTokens(vectors.data(), 3, 2, Pooling::kMean, row.data());
  CATCH_CHECK(row == std::vector<float>{111, 222});
}

}  // namespace
}  // namespace seekd
