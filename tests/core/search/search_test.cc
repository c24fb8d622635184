// The contract of Search apart from recall: what is returned, what ends it, what
// it asks of its source.
#include "core/search/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr Strategy kAll[] = {Strategy::kFrugal, Strategy::kExact, Strategy::kFlat,
                             Strategy::kBrute};

std::vector<float> AnyQuery() {
  return RowOf(QueriesNear(SmallCollection().vectors(), 5, 1, 0.05F), 0);
}

SearchOptions With(Strategy strategy, uint32_t top_k = 10) {
  SearchOptions options;
  options.strategy = strategy;
  options.top_k = top_k;
  return options;
}

// A set of the chunks of nodes begin, begin + step, ... below `end`.
std::shared_ptr<const ChunkSet> Chunks(uint32_t begin, uint32_t end, uint32_t step) {
  auto set = std::make_shared<ChunkSet>();
  for (uint32_t i = begin; i < end; i += step) set->Insert(SmallCollection().chunks()[i]);
  return set;
}

bool Sorted(const std::vector<ScoredChunk>& hits) {
  return std::is_sorted(hits.begin(), hits.end(), [](const ScoredChunk& a, const ScoredChunk& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
}

CATCH_TEST_CASE("Search: hits are sorted, exact, distinct; stats say what ran") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  for (const Strategy strategy : kAll) {
    const auto source = collection.NewSource();
    const auto result = RunSearch(collection.index(), query, With(strategy), source.get());
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
    const bool uses_codes = strategy == Strategy::kFrugal || strategy == Strategy::kFlat;
    CATCH_CHECK((result->stats.code_distances > 0) == uses_codes);
    CATCH_CHECK((result->stats.expanded_nodes > 0) == (strategy != Strategy::kBrute));
  }
}

CATCH_TEST_CASE("Search: no chunk is asked for twice, no round is larger than batch_rows") {
  const SearchFixture& collection = SmallCollection();
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kExact, Strategy::kFlat}) {
    const auto source = collection.NewSource();
    SearchOptions options = With(strategy, 20);
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
  for (const Strategy strategy : kAll) {
    const auto source = collection.NewSource();
    source->set_remember(true);
    const auto first = RunSearch(collection.index(), AnyQuery(), With(strategy), source.get());
    const auto second = RunSearch(collection.index(), AnyQuery(), With(strategy), source.get());
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
  SearchOptions options = With(Strategy::kFrugal);
  options.use_cache = false;
  CATCH_REQUIRE(RunSearch(collection.index(), AnyQuery(), options, source.get()).ok());
  const auto again = RunSearch(collection.index(), AnyQuery(), options, source.get());
  CATCH_REQUIRE(again.ok());
  CATCH_CHECK(again->stats.cache_hits == 0);
  CATCH_CHECK(again->stats.recomputed > 0);
}

CATCH_TEST_CASE("Search: an expired deadline returns the best so far, incomplete") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  PendingSet pending(collection.vectors().dim);
  pending.Add(ChunkId{90'000}, ToHalf(AnyQuery()));
  SearchIndex index = collection.index();
  index.pending = &pending;
  for (const Strategy strategy : kAll) {
    SearchOptions options = With(strategy);
    options.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
    const auto result = RunSearch(index, AnyQuery(), options, source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK_FALSE(result->stats.complete);
    CATCH_CHECK(result->stats.stop_reason == StopReason::kDeadline);
    CATCH_REQUIRE(result->chunks.size() == 1);
    CATCH_CHECK(result->chunks[0].chunk == ChunkId{90'000});
  }
  CATCH_CHECK(source->calls() == 0);
}

CATCH_TEST_CASE("Search: a deadline far away changes nothing") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  SearchOptions options = With(Strategy::kFrugal);
  options.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  const auto result = RunSearch(collection.index(), AnyQuery(), options, source.get());
  CATCH_REQUIRE(result.ok());
  CATCH_CHECK(result->stats.complete);
}

CATCH_TEST_CASE("Search: max_recomputed is kept to the row") {
  const SearchFixture& collection = SmallCollection();
  for (const Strategy strategy : kAll) {
    for (const uint32_t budget : {1U, 31U, 32U, 33U}) {
      const auto source = collection.NewSource();
      SearchOptions options = With(strategy, 50);
      options.max_recomputed = budget;
      const auto result = RunSearch(collection.index(), AnyQuery(), options, source.get());
      CATCH_REQUIRE(result.ok());
      CATCH_CHECK(source->rows_requested() == budget);
      CATCH_CHECK(result->stats.stop_reason == StopReason::kBudget);
      CATCH_CHECK_FALSE(result->stats.complete);
      CATCH_CHECK(result->chunks.size() == budget);
    }
  }
}

CATCH_TEST_CASE("Search: a budget that is never reached leaves the result complete") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  SearchOptions options = With(Strategy::kBrute);
  options.max_recomputed = 2000;
  const auto result = RunSearch(collection.index(), AnyQuery(), options, source.get());
  CATCH_REQUIRE(result.ok());
  CATCH_CHECK(result->stats.complete);
  CATCH_CHECK(result->stats.recomputed == 2000);
  CATCH_CHECK(result->stats.stop_reason == StopReason::kExhausted);
}

CATCH_TEST_CASE("Search: cancelled before it starts") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  SearchOptions options = With(Strategy::kFrugal);
  options.cancellation = cancellation;
  const auto result = RunSearch(collection.index(), AnyQuery(), options, source.get());
  CATCH_CHECK(result.status().code() == absl::StatusCode::kCancelled);
  CATCH_CHECK(source->calls() == 0);
}

// Withdraws the search while its first round is under way.
class CancellingSource final : public EmbeddingSource {
 public:
  CancellingSource(EmbeddingSource* source, std::shared_ptr<Cancellation> cancellation)
      : source_(source), cancellation_(std::move(cancellation)) {}
  uint32_t dim() const override { return source_->dim(); }
  int calls() const { return calls_; }

  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions) override {
    ++calls_;
    cancellation_->Cancel();
    EncodeOptions uncancelled;
    auto rows = co_await source_->Fetch(std::move(ids), std::move(uncancelled));
    co_return rows;
  }

 private:
  EmbeddingSource* source_;
  std::shared_ptr<Cancellation> cancellation_;
  int calls_ = 0;
};

CATCH_TEST_CASE("Search: cancelled during a round stops before the next") {
  const SearchFixture& collection = SmallCollection();
  for (const Strategy strategy : kAll) {
    const auto inner = collection.NewSource();
    auto cancellation = std::make_shared<Cancellation>();
    CancellingSource source(inner.get(), cancellation);
    SearchOptions options = With(strategy);
    options.cancellation = cancellation;
    const auto result = RunSearch(collection.index(), AnyQuery(), options, &source);
    CATCH_CHECK(result.status().code() == absl::StatusCode::kCancelled);
    CATCH_CHECK(source.calls() == 1);
  }
}

CATCH_TEST_CASE("Search: the source's error is the search's") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  source->FailFrom(1, absl::ResourceExhaustedError("queue full"));
  const auto result =
      RunSearch(collection.index(), AnyQuery(), With(Strategy::kExact), source.get());
  CATCH_CHECK(result.status() == absl::ResourceExhaustedError("queue full"));
}

CATCH_TEST_CASE("Search: chunks that have left the store are dropped") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  const auto truth = collection.Truth(query.data(), 3);
  for (const Strategy strategy : kAll) {
    const auto source = collection.NewSource();
    source->Remove(truth[0].chunk);
    source->Remove(truth[2].chunk);
    // `exact` must get past an entry point without a vector, too.
    source->Remove(collection.chunks()[collection.graph().entry_points()[0].value]);
    const auto result = RunSearch(collection.index(), query, With(strategy), source.get());
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
  for (const Strategy strategy : kAll) {
    const auto result = RunSearch(collection.index(), AnyQuery(), With(strategy), &source);
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.empty());
    CATCH_CHECK(result->stats.complete);
  }
}

CATCH_TEST_CASE("Search: filtered chunks are never returned, the others are found") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  const ChunkFilter filters[] = {
      {Chunks(0, 2000, 2), nullptr},             // tombstones: half of all
      {Chunks(0, 1900, 1), nullptr},             // nearly all
      {nullptr, Chunks(1, 2000, 3)},             // a filter
      {nullptr, Chunks(7, 2000, 200)},           // a narrow one
      {Chunks(0, 2000, 5), Chunks(0, 2000, 3)},  // both
      {nullptr, std::make_shared<ChunkSet>()},   // nothing
      {Chunks(0, 2000, 1), nullptr},             // everything is gone
  };
  for (const ChunkFilter& filter : filters) {
    const auto truth = collection.Truth(query.data(), 5, filter);
    SearchIndex index = collection.index();
    index.filter = &filter;
    for (const Strategy strategy : kAll) {
      const auto source = collection.NewSource();
      SearchOptions options = With(strategy, 5);
      if (strategy == Strategy::kExact) options.beam_width = 2000;
      const auto result = RunSearch(index, query, options, source.get());
      CATCH_REQUIRE(result.ok());
      for (const ScoredChunk& hit : result->chunks) CATCH_CHECK(filter.Allows(hit.chunk));
      CATCH_CHECK(result->chunks.size() == truth.size());
      if (!truth.empty()) CATCH_CHECK(RecallOf(result->chunks, truth) >= 0.8);
      if (strategy != Strategy::kExact) {
        for (const auto& request : source->requests()) {
          for (const ChunkId chunk : request) CATCH_CHECK(filter.Allows(chunk));
        }
      }
    }
  }
}

CATCH_TEST_CASE("Search: a narrow filter is scanned whatever approximate strategy was asked for") {
  const SearchFixture& collection = SmallCollection();
  const ChunkFilter filter{nullptr, Chunks(0, 2000, 40)};
  SearchIndex index = collection.index();
  index.filter = &filter;
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kFlat}) {
    const auto source = collection.NewSource();
    const auto result = RunSearch(index, AnyQuery(), With(strategy), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->stats.strategy == Strategy::kFlat);
    CATCH_CHECK(result->stats.code_distances < 50 + 10 * 40);
  }
}

CATCH_TEST_CASE("Search: pending chunks are found beside the graph and under the filter") {
  const SearchFixture& collection = SmallCollection();
  const std::vector<float> query = AnyQuery();
  const VectorSet near = QueriesNear(VectorSet{24, query}, 3, 3, 0.01F);
  PendingSet pending(24);
  auto denied = std::make_shared<ChunkSet>();
  for (uint32_t i = 0; i < near.size(); ++i) {
    pending.Add(ChunkId{70'000 + i}, ToHalf(RowOf(near, i)));
  }
  denied->Insert(ChunkId{70'001});
  const ChunkFilter filter{denied, nullptr};
  SearchIndex index = collection.index();
  index.pending = &pending;
  index.filter = &filter;
  for (const Strategy strategy : kAll) {
    const auto source = collection.NewSource();
    const auto result = RunSearch(index, query, With(strategy), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_REQUIRE(result->chunks.size() == 10);
    CATCH_CHECK(Sorted(result->chunks));
    CATCH_CHECK(result->stats.pending_scanned == 2);
    std::set<ChunkId> best{result->chunks[0].chunk, result->chunks[1].chunk};
    CATCH_CHECK(best == std::set<ChunkId>{ChunkId{70'000}, ChunkId{70'002}});
  }
}

CATCH_TEST_CASE("Search: pending chunks alone, without a generation") {
  PendingSet pending(2);
  pending.Add(ChunkId{1}, ToHalf(std::vector<float>{1, 0}));
  pending.Add(ChunkId{2}, ToHalf(std::vector<float>{0, 1}));
  SearchIndex index;
  index.pending = &pending;
  testing::FakeEmbeddingSource source(2, std::span<const float>());
  for (const Strategy strategy : kAll) {
    const auto result = RunSearch(index, {0, 1}, With(strategy), &source);
    CATCH_REQUIRE(result.ok());
    CATCH_REQUIRE(result->chunks.size() == 2);
    CATCH_CHECK(result->chunks[0].chunk == ChunkId{2});
    CATCH_CHECK(result->chunks[0].score == 1);
    CATCH_CHECK(result->stats.complete);
    CATCH_CHECK(result->stats.strategy == strategy);
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
  for (const Strategy strategy : kAll) {
    const auto source = tiny.NewSource();
    const auto result =
        RunSearch(tiny.index(), RowOf(queries, 0), With(strategy, 1000), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.size() == 5);
    CATCH_CHECK(result->stats.complete);
  }
}

}  // namespace
}  // namespace seekd
