#include "core/search/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("TopK equals a sort, ties by chunk id") {
  std::mt19937 random(3);
  for (const size_t k : {1U, 3U, 10U, 500U}) {
    TopK top(k);
    std::vector<ScoredChunk> all;
    for (uint64_t i = 1; i <= 300; ++i) {
      const ScoredChunk offered{ChunkId{(i * 101) % 307}, static_cast<float>(random() % 40) / 40};
      top.Offer(offered.chunk, offered.score);
      all.push_back(offered);
    }
    std::sort(all.begin(), all.end(), [](const ScoredChunk& a, const ScoredChunk& b) {
      return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
    });
    all.resize(std::min(all.size(), k));
    const float bound = top.Bound();
    const std::vector<ScoredChunk> best = top.Take();
    CATCH_REQUIRE(best.size() == all.size());
    for (size_t i = 0; i < best.size(); ++i) {
      CATCH_REQUIRE(best[i].chunk == all[i].chunk);
      CATCH_REQUIRE(best[i].score == all[i].score);
    }
    CATCH_CHECK(bound == (k <= 300 ? DistanceOfScore(all.back().score)
                                   : std::numeric_limits<float>::infinity()));
  }
}

CATCH_TEST_CASE("TopK ignores a score that is not a number") {
  TopK top(2);
  top.Offer(ChunkId{1}, std::nanf(""));
  CATCH_CHECK(top.size() == 0);
  CATCH_CHECK(top.Bound() == std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace seekd
