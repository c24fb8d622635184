// Searches over codes that are believed: fitted, run, and asked for exact scores.
#include <cmath>
#include <span>
#include <vector>

#include "core/search/exact_truth.h"
#include "core/search/search.h"
#include "core/search/stop_rule.h"
#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint32_t kDim = 12;
constexpr uint32_t kThree[] = {3};

// As many code bytes as dimensions.
const SearchFixture& LongCodes() {
  static const SearchFixture collection(9, 5200, kDim, kDim);
  return collection;
}

const StopCalibration& Fitted() {
  static const StopCalibration calibration = [] {
    const SearchFixture& collection = LongCodes();
    const PseudoQueries queries{QueriesNear(collection.vectors(), 41, 200, 0.2F), {}};
    const VectorRows rows(&collection.vectors());
    const auto truth = TopScores(collection.vectors(), queries.vectors, {}, 3, 2, nullptr);
    const CalibrationInput input{rows, collection.graph(), collection.codes(), queries, *truth};
    return *FitStopRule(input, kThree, 2, nullptr);
  }();
  return calibration;
}

struct Sum {
  double recall = 0;
  uint64_t rows = 0;
  uint64_t estimated = 0;
};

Sum SearchAll(bool exact_scores, uint32_t count) {
  const SearchFixture& collection = LongCodes();
  SearchIndex index = collection.index();
  index.calibration = &Fitted();
  const VectorSet queries = QueriesNear(collection.vectors(), 42, count, 0.2F);
  SearchOptions options = Asking(Strategy::kFrugal, 3);
  options.exact_scores = exact_scores;
  Sum sum;
  for (uint32_t q = 0; q < count; ++q) {
    const auto source = collection.NewSource();
    const auto result = RunSearch(index, RowOf(queries, q), options, source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_REQUIRE(result->chunks.size() == 3);
    uint32_t estimated = 0;
    const std::vector<ScoredChunk> truth = collection.Truth(queries.row(q), 3);
    for (const ScoredChunk& hit : result->chunks) {
      const auto node = collection.nodes().Find(hit.chunk);
      const float score = InnerProduct(queries.row(q), collection.vectors().row(node->value), kDim);
      CATCH_REQUIRE((hit.estimated || hit.score == score));
      CATCH_REQUIRE(std::abs(hit.score - score) < 0.05F);
      sum.recall += (score >= truth[2].score - kScoreTieTolerance ? 1.0 : 0.0) / (3 * count);
      estimated += hit.estimated ? 1 : 0;
    }
    CATCH_REQUIRE(estimated == result->stats.estimated_hits);
    sum.rows += result->stats.recomputed;
    sum.estimated += estimated;
  }
  return sum;
}

CATCH_TEST_CASE(
    "Long codes are believed, and searches reach their target with fewer rows than hits") {
  const StopCalibration::Entry entry = Fitted().For(3, 0.90F);
  CATCH_REQUIRE(entry.rule.trust_codes);
  const Sum sum = SearchAll(/*exact_scores=*/false, 200);
  CATCH_CAPTURE(sum.recall, sum.rows, sum.estimated, entry.rule.margin);
  CATCH_CHECK(sum.recall >= 0.88);
  CATCH_CHECK(sum.rows < 3 * 200);
  CATCH_CHECK(sum.estimated > 0);
}

CATCH_TEST_CASE("Exact scores are to be had of codes that are believed") {
  const Sum sum = SearchAll(/*exact_scores=*/true, 100);
  CATCH_CHECK(sum.estimated == 0);
  CATCH_CHECK(sum.rows >= 3 * 100);
  CATCH_CHECK(sum.recall >= 0.88);
}

CATCH_TEST_CASE("Pending chunks stand beside estimated hits") {
  const SearchFixture& collection = LongCodes();
  const VectorSet queries = QueriesNear(collection.vectors(), 43, 1, 0.2F);
  PendingSet pending(kDim);
  pending.Add(ChunkId(1'000'000), ToHalf({queries.row(0), kDim}));  // the query itself
  SearchIndex index = collection.index();
  index.calibration = &Fitted();
  index.pending = &pending;
  const auto source = collection.NewSource();
  const auto result =
      RunSearch(index, RowOf(queries, 0), Asking(Strategy::kFrugal, 3), source.get());
  CATCH_REQUIRE(result.ok());
  CATCH_REQUIRE(result->chunks.size() == 3);
  CATCH_CHECK(result->chunks[0].chunk == ChunkId(1'000'000));
  CATCH_CHECK_FALSE(result->chunks[0].estimated);
}

}  // namespace
}  // namespace seekd
