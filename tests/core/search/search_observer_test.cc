// What an observer of a search is shown, and when.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "core/search/search.h"
#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

struct Watched {
  absl::StatusOr<SearchResult> result = absl::UnknownError("not run");
  std::vector<SearchResult> reports;
};

Watched Watch(const SearchIndex& index, std::vector<float> query, const SearchOptions& options,
              EmbeddingSource* source) {
  Watched watched;
  asio::io_context context(1);
  RoundObserver observer = [&](SearchResult so_far) {
    watched.reports.push_back(std::move(so_far));
  };
  auto result = asio::co_spawn(context, Search(index, std::move(query), options, source, observer),
                               asio::use_future);
  context.run();
  watched.result = result.get();
  return watched;
}

bool Same(const std::vector<ScoredChunk>& a, const std::vector<ScoredChunk>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ScoredChunk& x, const ScoredChunk& y) {
                      return x.chunk == y.chunk && x.score == y.score;
                    });
}

// No worse at any rank.
bool Improves(const std::vector<ScoredChunk>& before, const std::vector<ScoredChunk>& after) {
  if (after.size() < before.size()) return false;
  for (size_t i = 0; i < before.size(); ++i) {
    if (after[i].score < before[i].score) return false;
  }
  return true;
}

CATCH_TEST_CASE("Search: each report is better than the one before; the last one is the answer") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 31, 5, 0.2F);
  for (const Strategy strategy : kAllStrategies) {
    for (uint32_t q = 0; q < queries.size(); ++q) {
      SearchOptions options = Asking(strategy, 5);
      options.batch_rows = 4;
      const auto source = collection.NewSource();
      const Watched watched = Watch(collection.index(), RowOf(queries, q), options, source.get());
      const auto alone = RunSearch(collection.index(), RowOf(queries, q), options, source.get());
      CATCH_REQUIRE(watched.result.ok());
      CATCH_REQUIRE(alone.ok());
      CATCH_CHECK(Same(watched.result->chunks, alone->chunks));
      CATCH_CHECK(watched.result->stats.recomputed == alone->stats.recomputed);
      CATCH_CHECK(watched.result->stats.complete);
      CATCH_REQUIRE(!watched.reports.empty());
      CATCH_CHECK(watched.reports.size() <= watched.result->stats.rounds);
      for (size_t i = 0; i < watched.reports.size(); ++i) {
        const SearchResult& report = watched.reports[i];
        CATCH_CHECK(Sorted(report.chunks));
        CATCH_CHECK_FALSE(report.stats.complete);
        CATCH_CHECK(report.stats.stop_reason == StopReason::kRunning);
        CATCH_CHECK(report.stats.rounds > (i == 0 ? 0 : watched.reports[i - 1].stats.rounds));
        if (i == 0) continue;
        CATCH_CHECK(Improves(watched.reports[i - 1].chunks, report.chunks));
        CATCH_CHECK_FALSE(Same(watched.reports[i - 1].chunks, report.chunks));
      }
      CATCH_CHECK(Same(watched.reports.back().chunks, watched.result->chunks));
    }
  }
}

CATCH_TEST_CASE("Search: rounds that change nothing are not reported") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  SearchOptions options = Asking(Strategy::kBrute, 1);
  // The first node is the answer: none of the later rounds changes it.
  const Watched watched =
      Watch(collection.index(), RowOf(collection.vectors(), 0), options, source.get());
  CATCH_REQUIRE(watched.result.ok());
  CATCH_CHECK(watched.result->stats.rounds == 8);
  CATCH_CHECK(watched.reports.size() == 1);
}

CATCH_TEST_CASE("Search: what never recomputes reports nothing") {
  testing::FakeEmbeddingSource source(2, std::span<const float>());
  PendingSet pending(2);
  pending.Add(ChunkId{1}, ToHalf(std::vector<float>{1, 0}));
  SearchIndex index;
  index.pending = &pending;
  const Watched watched = Watch(index, {0, 1}, SearchOptions{}, &source);
  CATCH_REQUIRE(watched.result.ok());
  CATCH_CHECK(watched.result->chunks.size() == 1);
  CATCH_CHECK(watched.reports.empty());
}

}  // namespace
}  // namespace seekd
