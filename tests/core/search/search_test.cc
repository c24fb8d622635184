// What Search returns, what it asks of its source, what it refuses.
#include "core/search/search.h"

#include <cmath>
#include <set>

#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Search: hits are sorted, exact, distinct; stats say what ran") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  for (const Strategy strategy : kAllStrategies) {
    const auto source = collection.NewSource();
    const auto result = RunSearch(collection.index(), query, Asking(strategy), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.size() == 10);
    CATCH_CHECK(Sorted(result->chunks));
    std::set<ChunkId> distinct;
    for (const ScoredChunk& hit : result->chunks) {
      distinct.insert(hit.chunk);
      const auto node = collection.nodes().Find(hit.chunk);
      CATCH_REQUIRE(node.has_value());
      const float* row = collection.vectors().row(node->value);
      CATCH_CHECK(hit.score == InnerProduct(query.data(), row, query.size()));
    }
    CATCH_CHECK(distinct.size() == 10);
    CATCH_CHECK(result->stats.strategy == strategy);
    CATCH_CHECK(result->stats.complete);
    CATCH_CHECK(result->stats.recomputed == source->rows_requested());
    CATCH_CHECK(result->stats.rounds == source->calls());
    CATCH_CHECK(result->stats.total_us >= result->stats.plan_us);
    const bool uses_codes = strategy != Strategy::kExact && strategy != Strategy::kBrute;
    CATCH_CHECK((result->stats.code_distances > 0) == uses_codes);
    CATCH_CHECK((result->stats.expanded_nodes > 0) == (strategy != Strategy::kBrute));
  }
}

CATCH_TEST_CASE("Search: no chunk is asked for twice, no round is larger than batch_rows") {
  const SearchFixture& collection = SmallCollection();
  for (const Strategy strategy :
       {Strategy::kFrugal, Strategy::kExact, Strategy::kFlat, Strategy::kTwoLevel}) {
    const auto source = collection.NewSource();
    SearchOptions options = Asking(strategy, 20);
    options.batch_rows = 7;
    CATCH_REQUIRE(RunSearch(collection.index(), AnyQuery(), options, source.get()).ok());
    std::set<ChunkId> asked;
    size_t rows = 0;
    for (const auto& request : source->requests()) {
      CATCH_CHECK(request.size() <= 7);
      rows += request.size();
      asked.insert(request.begin(), request.end());
    }
    CATCH_CHECK(asked.size() == rows);
  }
}

CATCH_TEST_CASE("Search: a second equal search gives the equal answer") {
  const SearchFixture& collection = SmallCollection();
  for (const Strategy strategy : kAllStrategies) {
    const auto source = collection.NewSource();
    source->set_remember(true);
    const auto first = RunSearch(collection.index(), AnyQuery(), Asking(strategy), source.get());
    const auto second = RunSearch(collection.index(), AnyQuery(), Asking(strategy), source.get());
    CATCH_REQUIRE(first.ok());
    CATCH_REQUIRE(second.ok());
    CATCH_REQUIRE(first->chunks.size() == second->chunks.size());
    for (size_t i = 0; i < first->chunks.size(); ++i) {
      CATCH_CHECK(first->chunks[i].chunk == second->chunks[i].chunk);
    }
    CATCH_CHECK(second->stats.recomputed == 0);
    CATCH_CHECK(second->stats.cache_hits == first->stats.recomputed);
  }
}

CATCH_TEST_CASE("Search: use_cache is handed on") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  source->set_remember(true);
  SearchOptions options = Asking(Strategy::kFrugal);
  options.use_cache = false;
  CATCH_REQUIRE(RunSearch(collection.index(), AnyQuery(), options, source.get()).ok());
  const auto again = RunSearch(collection.index(), AnyQuery(), options, source.get());
  CATCH_REQUIRE(again.ok());
  CATCH_CHECK(again->stats.cache_hits == 0);
  CATCH_CHECK(again->stats.recomputed > 0);
}

CATCH_TEST_CASE("Search: chunks that have left the store are dropped") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  const auto truth = collection.Truth(query.data(), 3);
  for (const Strategy strategy : kAllStrategies) {
    const auto source = collection.NewSource();
    source->Remove(truth[0].chunk);
    source->Remove(truth[2].chunk);
    // What steers by exact distances must get past an entry point without a vector, too.
    source->Remove(collection.chunks()[collection.graph().entry_points()[0].value]);
    const auto result = RunSearch(collection.index(), query, Asking(strategy), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.size() == 10);
    for (const ScoredChunk& hit : result->chunks) {
      CATCH_CHECK(hit.chunk != truth[0].chunk);
      CATCH_CHECK(hit.chunk != truth[2].chunk);
    }
  }
}

CATCH_TEST_CASE("Search: a store without any chunk has no hits") {
  const SearchFixture& collection = SmallCollection();
  testing::FakeEmbeddingSource source(collection.vectors().dim, std::span<const float>());
  for (const Strategy strategy : kAllStrategies) {
    const auto result = RunSearch(collection.index(), AnyQuery(), Asking(strategy), &source);
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.empty());
    CATCH_CHECK(result->stats.complete);
  }
}

CATCH_TEST_CASE("Search: an empty index has no hits") {
  testing::FakeEmbeddingSource source(2, std::span<const float>());
  const auto result = RunSearch(SearchIndex{}, {0, 1}, SearchOptions{}, &source);
  CATCH_REQUIRE(result.ok());
  CATCH_CHECK(result->chunks.empty());
  CATCH_CHECK(result->stats.complete);
}

CATCH_TEST_CASE("Search: a query of unknown words only has no hits and is complete") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  const auto result =
      RunSearch(collection.index(), std::vector<float>(24, 0.0F), SearchOptions{}, source.get());
  CATCH_REQUIRE(result.ok());
  CATCH_CHECK(result->chunks.empty());
  CATCH_CHECK(result->stats.complete);
  CATCH_CHECK(source->calls() == 0);
}

CATCH_TEST_CASE("Search: malformed queries are refused") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  const auto code = [&](std::vector<float> query, const SearchOptions& options) {
    return RunSearch(collection.index(), std::move(query), options, source.get()).status().code();
  };
  std::vector<float> not_a_number = AnyQuery();
  not_a_number[3] = std::nanf("");
  std::vector<float> long_one = AnyQuery();
  for (float& x : long_one) x *= 2;
  SearchOptions bad_options;
  bad_options.top_k = 0;
  CATCH_CHECK(code({1, 0}, {}) == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code(not_a_number, {}) == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code(long_one, {}) == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(code(AnyQuery(), bad_options) == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("Search: top_k beyond the collection returns all of it") {
  const SearchFixture tiny(4, 5, 8, 4);
  const VectorSet queries = QueriesNear(tiny.vectors(), 1, 1, 0.1F);
  for (const Strategy strategy : kAllStrategies) {
    const auto source = tiny.NewSource();
    const auto result =
        RunSearch(tiny.index(), RowOf(queries, 0), Asking(strategy, 1000), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.size() == 5);
    CATCH_CHECK(result->stats.complete);
  }
}

}  // namespace
}  // namespace seekd
