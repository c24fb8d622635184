#include "client/metrics.h"

#include <cmath>

#include "tests/support/catch.h"

namespace seekd::client {
namespace {

const Judgements kJudged = {{"a", 3}, {"b", 2}, {"c", 1}, {"d", 0}};

CATCH_TEST_CASE("nDCG of hand-computed rankings") {
  CATCH_CHECK(NormalizedDcg(std::vector<std::string>{"a", "b", "c"}, kJudged, 10) == Approx(1.0));
  // DCG = 2/log2(2) + 0 + 3/log2(4) = 3.5; ideal = 3 + 2/log2(3) + 1/2.
  const double ideal = 3 + 2 / std::log2(3.0) + 0.5;
  CATCH_CHECK(NormalizedDcg(std::vector<std::string>{"b", "x", "a"}, kJudged, 10) ==
              Approx(3.5 / ideal));
  CATCH_CHECK(NormalizedDcg(std::vector<std::string>{"d", "x"}, kJudged, 10) == 0);
  CATCH_CHECK(NormalizedDcg(std::vector<std::string>{}, kJudged, 10) == 0);
  CATCH_CHECK(NormalizedDcg(std::vector<std::string>{"a"}, {}, 10) == 0);
}

CATCH_TEST_CASE("nDCG looks at the first ten only, the ideal too") {
  std::vector<std::string> ranked(10, "x");
  ranked.push_back("a");
  CATCH_CHECK(NormalizedDcg(ranked, kJudged, 10) == 0);
  Judgements many;
  std::vector<std::string> best;
  for (int i = 0; i < 20; ++i) {
    best.push_back(std::to_string(i));
    many[best.back()] = 1;
  }
  CATCH_CHECK(NormalizedDcg(best, many, 10) == Approx(1.0));
}

CATCH_TEST_CASE("a negative gain counts as none") {
  const Judgements judged = {{"a", 1}, {"b", -1}};
  CATCH_CHECK(NormalizedDcg(std::vector<std::string>{"b", "a"}, judged, 10) ==
              Approx(1 / std::log2(3.0)));
  CATCH_CHECK(RecallAt(std::vector<std::string>{"b"}, judged, 100) == 0);
}

CATCH_TEST_CASE("recall and hit@1") {
  CATCH_CHECK(RecallAt(std::vector<std::string>{"a", "x", "b"}, kJudged, 100) == Approx(2.0 / 3));
  CATCH_CHECK(RecallAt(std::vector<std::string>{"x", "a"}, kJudged, 1) == 0);
  CATCH_CHECK(RecallAt(std::vector<std::string>{"a"}, {{"d", 0}}, 100) == 0);
  CATCH_CHECK(HitAtOne(std::vector<std::string>{"c", "x"}, kJudged));
  CATCH_CHECK_FALSE(HitAtOne(std::vector<std::string>{"d", "a"}, kJudged));
  CATCH_CHECK_FALSE(HitAtOne(std::vector<std::string>{}, kJudged));
  CATCH_CHECK(HasRelevant(kJudged));
  CATCH_CHECK_FALSE(HasRelevant({{"d", 0}}));
}

CATCH_TEST_CASE("chunk recall forgives ties and rounding, nothing else") {
  using Chunks = std::vector<RankedChunk>;
  const Chunks truth = {{1, 0.9f}, {2, 0.8f}, {3, 0.7f}};
  CATCH_CHECK(ChunkRecall(truth, truth) == 1);
  CATCH_CHECK(ChunkRecall(Chunks{{1, 0.9f}, {3, 0.7f}, {9, 0.6999995f}}, truth) == 1);
  CATCH_CHECK(ChunkRecall(Chunks{{1, 0.9f}, {2, 0.8f}, {9, 0.69999f}}, truth) == Approx(2.0 / 3));
  // The right chunk, its score off by what fp16 loses.
  CATCH_CHECK(ChunkRecall(Chunks{{1, 0.9f}, {2, 0.8f}, {3, 0.6999f}}, truth) == 1);
  CATCH_CHECK(ChunkRecall(Chunks{}, truth) == 0);
  CATCH_CHECK(ChunkRecall(Chunks{{5, 0.5f}}, {}) == 1);
  // Fewer true hits than k: more answers do not make more than all.
  CATCH_CHECK(ChunkRecall(Chunks{{1, 0.9f}, {2, 0.9f}, {3, 0.9f}}, Chunks{{1, 0.9f}}) == 1);
}

CATCH_TEST_CASE("mean and nearest-rank percentiles") {
  CATCH_CHECK(Mean(std::vector<double>{1, 2, 6}) == Approx(3));
  CATCH_CHECK(Mean(std::vector<double>{}) == 0);
  CATCH_CHECK(Percentile({4, 1, 3, 2}, 50) == 2);
  CATCH_CHECK(Percentile({4, 1, 3, 2}, 51) == 3);
  CATCH_CHECK(Percentile({4, 1, 3, 2}, 95) == 4);
  CATCH_CHECK(Percentile({7}, 1) == 7);
  CATCH_CHECK(Percentile({}, 50) == 0);
  std::vector<double> hundred;
  for (int i = 100; i >= 1; --i) hundred.push_back(i);
  CATCH_CHECK(Percentile(hundred, 50) == 50);
  CATCH_CHECK(Percentile(hundred, 95) == 95);
}

}  // namespace
}  // namespace seekd::client
