// What ends a search before its plan does: deadline, budget, cancellation, an
// error of the source.
#include <chrono>

#include "core/search/search.h"
#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Search: an expired deadline returns the best so far, incomplete") {
  const SearchFixture& collection = SmallCollection();
  const auto source = collection.NewSource();
  PendingSet pending(collection.vectors().dim);
  pending.Add(ChunkId{90'000}, ToHalf(AnyQuery()));
  SearchIndex index = collection.index();
  index.pending = &pending;
  for (const Strategy strategy : kAllStrategies) {
    SearchOptions options = Asking(strategy);
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
  SearchOptions options = Asking(Strategy::kFrugal);
  options.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  const auto result = RunSearch(collection.index(), AnyQuery(), options, source.get());
  CATCH_REQUIRE(result.ok());
  CATCH_CHECK(result->stats.complete);
}

CATCH_TEST_CASE("Search: max_recomputed is kept to the row") {
  const SearchFixture& collection = SmallCollection();
  for (const Strategy strategy : kAllStrategies) {
    for (const uint32_t budget : {1U, 31U, 32U, 33U}) {
      const auto source = collection.NewSource();
      SearchOptions options = Asking(strategy, 50);
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
  SearchOptions options = Asking(Strategy::kBrute);
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
  SearchOptions options = Asking(Strategy::kFrugal);
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
  for (const Strategy strategy : kAllStrategies) {
    const auto inner = collection.NewSource();
    auto cancellation = std::make_shared<Cancellation>();
    CancellingSource source(inner.get(), cancellation);
    SearchOptions options = Asking(strategy);
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
      RunSearch(collection.index(), AnyQuery(), Asking(Strategy::kExact), source.get());
  CATCH_CHECK(result.status() == absl::ResourceExhaustedError("queue full"));
}

}  // namespace
}  // namespace seekd
