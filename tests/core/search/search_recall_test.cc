// Recall and cost of every strategy on seeded data, bounded from below and from
// above: a silent gain is noticed, too.
#include "core/search/search.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

struct Measured {
  double recall = 0;
  double rows = 0;  // mean per query
};

Measured Measure(const SearchOptions& options, const StopCalibration* calibration = nullptr) {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 21, 100, 0.3F);
  const auto source = collection.NewSource();
  SearchIndex index = collection.index();
  index.calibration = calibration;
  Measured sum;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const auto result = RunSearch(index, RowOf(queries, q), options, source.get());
    CATCH_REQUIRE(result.ok());
    sum.recall += RecallOf(result->chunks, collection.Truth(queries.row(q), options.top_k));
    sum.rows += result->stats.recomputed;
  }
  return {sum.recall / queries.size(), sum.rows / queries.size()};
}

SearchOptions With(Strategy strategy, uint32_t beam_width) {
  SearchOptions options;
  options.strategy = strategy;
  options.top_k = 3;
  options.beam_width = beam_width;
  options.batch_rows = 8;
  return options;
}

SearchOptions TwoLevel(uint32_t ef, float rerank_ratio) {
  SearchOptions options = With(Strategy::kTwoLevel, ef);
  options.rerank_ratio = rerank_ratio;
  return options;
}

CATCH_TEST_CASE("Recall: brute equals the obvious reference") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 22, 10, 0.2F);
  const auto source = collection.NewSource();
  for (uint32_t q = 0; q < queries.size(); ++q) {
    SearchOptions options = With(Strategy::kBrute, 0);
    options.top_k = 25;
    const auto result = RunSearch(collection.index(), RowOf(queries, q), options, source.get());
    const auto truth = collection.Truth(queries.row(q), 25);
    CATCH_REQUIRE(result.ok());
    CATCH_REQUIRE(result->chunks.size() == truth.size());
    for (size_t i = 0; i < truth.size(); ++i) {
      CATCH_CHECK(result->chunks[i].chunk == truth[i].chunk);
      CATCH_CHECK(result->chunks[i].score == truth[i].score);
    }
    CATCH_CHECK(result->stats.recomputed == 2000);
    CATCH_CHECK(result->stats.rounds == 8);
  }
}

CATCH_TEST_CASE("Recall: frugal, narrow and wide beam") {
  const Measured narrow = Measure(With(Strategy::kFrugal, 12));
  const Measured wide = Measure(With(Strategy::kFrugal, 500));
  CATCH_CAPTURE(narrow.recall, narrow.rows, wide.recall, wide.rows);
  CATCH_CHECK(wide.recall >= 0.86);
  CATCH_CHECK(wide.recall <= 0.98);
  CATCH_CHECK(wide.rows >= 12);
  CATCH_CHECK(wide.rows <= 40);
  CATCH_CHECK(narrow.recall >= 0.50);
  CATCH_CHECK(narrow.recall <= 0.82);
}

CATCH_TEST_CASE("Recall: flat") {
  const Measured flat = Measure(With(Strategy::kFlat, 500));
  CATCH_CAPTURE(flat.recall, flat.rows);
  CATCH_CHECK(flat.recall >= 0.86);
  CATCH_CHECK(flat.recall <= 0.98);
  CATCH_CHECK(flat.rows >= 12);
  CATCH_CHECK(flat.rows <= 40);
}

CATCH_TEST_CASE("Recall: exact, small and large ef") {
  const Measured small = Measure(With(Strategy::kExact, 8));
  const Measured large = Measure(With(Strategy::kExact, 128));
  CATCH_CAPTURE(small.recall, small.rows, large.recall, large.rows);
  CATCH_CHECK(large.recall >= 0.97);
  CATCH_CHECK(large.rows >= 500);
  CATCH_CHECK(large.rows <= 950);
  CATCH_CHECK(small.recall >= 0.40);
  CATCH_CHECK(small.recall <= 0.80);
  CATCH_CHECK(small.rows <= 180);
}

CATCH_TEST_CASE("Recall: two_level costs less than exact for the same recall") {
  const Measured exact = Measure(With(Strategy::kExact, 128));
  const Measured all = Measure(TwoLevel(128, 1));
  const Measured some = Measure(TwoLevel(128, 0.3F));
  const Measured few = Measure(TwoLevel(128, 0.1F));
  CATCH_CAPTURE(exact.recall, exact.rows, all.recall, all.rows, some.recall, some.rows, few.recall,
                few.rows);
  CATCH_CHECK(all.recall >= 0.97);
  CATCH_CHECK(all.rows >= 0.9 * exact.rows);
  CATCH_CHECK(all.rows <= 1.1 * exact.rows);
  CATCH_CHECK(some.recall >= 0.95);
  CATCH_CHECK(some.rows <= 0.6 * exact.rows);
  CATCH_CHECK(few.rows <= 0.6 * some.rows);
  CATCH_CHECK(few.recall >= 0.7);
  CATCH_CHECK(few.recall <= 0.98);
}

CATCH_TEST_CASE("Recall: a larger margin finds more for more rows") {
  StopCalibration tight;
  tight.entries = {{10, 0.9F, {-0.1F}, 500}};
  StopCalibration loose;
  loose.entries = {{10, 0.9F, {0.2F}, 500}};
  const Measured few = Measure(With(Strategy::kFrugal, 0), &tight);
  const Measured many = Measure(With(Strategy::kFrugal, 0), &loose);
  CATCH_CAPTURE(few.recall, few.rows, many.recall, many.rows);
  CATCH_CHECK(few.recall < many.recall);
  CATCH_CHECK(few.rows < many.rows);
}

}  // namespace
}  // namespace seekd
