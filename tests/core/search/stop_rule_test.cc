#include "core/search/stop_rule.h"

#include <span>
#include <vector>

#include "core/search/exact_truth.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("StopCalibration::For picks the smallest sufficient k and target") {
  const StopCalibration calibration{{{3, 0.8F, {0.1F}, 300},
                                     {3, 0.9F, {0.2F}, 1000},
                                     {3, 0.95F, {0.3F}, 2000},
                                     {10, 0.8F, {0.4F}, 400},
                                     {10, 0.9F, {0.5F}, 500}}};
  CATCH_CHECK(calibration.For(3, 0.5F).beam_width == 300);
  CATCH_CHECK(calibration.For(1, 0.8F).beam_width == 300);
  CATCH_CHECK(calibration.For(3, 0.81F).beam_width == 1000);
  CATCH_CHECK(calibration.For(2, 0.9F).rule.margin == 0.2F);
  CATCH_CHECK(calibration.For(3, 0.99F).beam_width == 2000);
  CATCH_CHECK(calibration.For(4, 0.8F).beam_width == 400);
  CATCH_CHECK(calibration.For(10, 0.9F).beam_width == 500);
  CATCH_CHECK(calibration.For(200, 0.99F).beam_width == 500);
  CATCH_CHECK(StopCalibration{}.For(3, 0.9F).beam_width == StopCalibration::Entry{}.beam_width);
}

// The fit of a collection's files with its own vectors, unless others are given.
absl::StatusOr<StopCalibration> Fit(const SearchFixture& collection, const PseudoQueries& queries,
                                    std::span<const uint32_t> ks, uint32_t threads,
                                    const CancellationPtr& cancellation = nullptr,
                                    const SearchFixture* graph_of = nullptr) {
  const VectorRows rows(&collection.vectors());
  std::vector<std::vector<float>> truth(queries.vectors.size());
  if (queries.vectors.dim == rows.dim() &&
      (queries.sources.empty() || queries.sources.size() == truth.size())) {
    truth =
        *TopScores(collection.vectors(), queries.vectors, queries.sources, ks.back(), 1, nullptr);
  }
  const GraphView& graph = graph_of != nullptr ? graph_of->graph() : collection.graph();
  return FitStopRule({rows, graph, collection.codes(), queries, truth}, ks, threads, cancellation);
}

constexpr uint32_t kOne[] = {1};
constexpr uint32_t kThree[] = {3};
constexpr uint32_t kOneAndThree[] = {1, 3};

struct Measured {
  double recall = 0;
  double rows = 0;
};

Measured Measure(const SearchFixture& collection, const StopCalibration& calibration,
                 const VectorSet& queries, float target) {
  SearchIndex index = collection.index();
  index.calibration = &calibration;
  const auto source = collection.NewSource();
  SearchOptions options;
  options.top_k = 3;
  options.recall_target = target;
  Measured sum;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const auto result = RunSearch(index, RowOf(queries, q), options, source.get());
    CATCH_REQUIRE(result.ok());
    sum.recall += RecallOf(result->chunks, collection.Truth(queries.row(q), 3)) / queries.size();
    sum.rows += static_cast<double>(result->stats.recomputed) / queries.size();
  }
  return sum;
}

// The fit of `collection` for k = 3, checked on its own queries and on others.
StopCalibration CheckTargets(const SearchFixture& collection) {
  const PseudoQueries fitted{QueriesNear(collection.vectors(), 31, 150, 0.3F), {}};
  const auto calibration = Fit(collection, fitted, kThree, 2);
  CATCH_REQUIRE(calibration.ok());
  CATCH_REQUIRE(calibration->entries.size() == 6);
  const VectorSet fresh = QueriesNear(collection.vectors(), 32, 150, 0.3F);
  double previous_rows = 0;
  for (const StopCalibration::Entry& entry : calibration->entries) {
    const Measured same = Measure(collection, *calibration, fitted.vectors, entry.recall_target);
    const Measured other = Measure(collection, *calibration, fresh, entry.recall_target);
    CATCH_CAPTURE(entry.recall_target, entry.rule.margin, entry.rule.max_rows, entry.beam_width,
                  same.recall, same.rows, other.recall, other.rows);
    // On its own queries the fit is met exactly: it ran this very plan.
    CATCH_CHECK(same.recall >= entry.recall_target);
    CATCH_CHECK(other.recall >= entry.recall_target - 0.03);
    CATCH_CHECK(same.rows >= previous_rows);
    CATCH_CHECK(same.rows < 2000);
    if (entry.rule.max_rows != 0) CATCH_CHECK(same.rows <= entry.rule.max_rows);
    previous_rows = same.rows;
  }
  return *calibration;
}

CATCH_TEST_CASE("FitStopRule: searches reach the targets it was fitted for") {
  const StopCalibration calibration = CheckTargets(SmallCollection());
  for (const StopCalibration::Entry& entry : calibration.entries) {
    CATCH_CHECK(entry.rule.max_rows == 0);
  }
}

// Large enough for rows to be spared: low targets leave hard queries alone.
CATCH_TEST_CASE("FitStopRule: a most of rows where it is cheapest") {
  const SearchFixture collection(3, 5500, 24, 4);
  const StopCalibration calibration = CheckTargets(collection);
  CATCH_CHECK(calibration.For(3, 0.80F).rule.max_rows > 0);
}

CATCH_TEST_CASE("FitStopRule: the node a query was taken from is no answer to it") {
  const SearchFixture& collection = SmallCollection();
  PseudoQueries free{{24, {}}, {}};
  std::vector<NodeId> sources;
  for (uint32_t i = 5; i < collection.vectors().size(); i += 20) {
    const std::vector<float> row = RowOf(collection.vectors(), i);
    free.vectors.values.insert(free.vectors.values.end(), row.begin(), row.end());
    sources.push_back(NodeId{i});
  }
  const auto fit = [&](const PseudoQueries& queries) {
    const auto calibration = Fit(collection, queries, kOne, 2);
    CATCH_REQUIRE(calibration.ok());
    return calibration->For(1, 0.95F).rule.margin;
  };
  // A row finds itself at distance 0; its nearest neighbour takes a search.
  const PseudoQueries honest{free.vectors, sources};
  CATCH_CHECK(fit(honest) != fit(free));
}

CATCH_TEST_CASE("FitStopRule is a function of its input, whatever the number of threads") {
  const SearchFixture& collection = SmallCollection();
  const PseudoQueries queries{QueriesNear(collection.vectors(), 33, 40, 0.2F), {}};
  const auto fit = [&](uint32_t threads) { return Fit(collection, queries, kThree, threads); };
  const auto one = fit(1);
  const auto three = fit(3);
  CATCH_REQUIRE(one.ok());
  CATCH_REQUIRE(three.ok());
  for (size_t i = 0; i < one->entries.size(); ++i) {
    CATCH_CHECK(one->entries[i].rule.margin == three->entries[i].rule.margin);
    CATCH_CHECK(one->entries[i].beam_width == three->entries[i].beam_width);
  }
}

CATCH_TEST_CASE("FitStopRule: few nodes, few queries, wrong sizes, cancellation") {
  const SearchFixture& collection = SmallCollection();
  for (const uint32_t few : {0U, 15U}) {
    const PseudoQueries queries{QueriesNear(collection.vectors(), 1, few, 0.1F), {}};
    const auto empty = Fit(collection, queries, kThree, 1);
    CATCH_REQUIRE(empty.ok());
    CATCH_CHECK(empty->entries.empty());
    // Rows alone are a reason to stop.
    CATCH_CHECK(empty->For(3, 0.9F).rule.margin >= 4);
    CATCH_CHECK(empty->For(3, 0.9F).scan);
  }

  const SearchFixture tiny(6, 2, 24, 12);
  const PseudoQueries queries{QueriesNear(tiny.vectors(), 1, 16, 0.1F), {}};
  const auto fitted = Fit(tiny, queries, kOneAndThree, 1);
  CATCH_REQUIRE(fitted.ok());
  // Of two nodes there are no three best.
  CATCH_CHECK(fitted->For(3, 0.9F).k == 1);
  CATCH_CHECK(fitted->For(3, 0.9F).beam_width == 2);

  CATCH_CHECK(Fit(tiny, queries, kOne, 1, nullptr, &collection).status().code() ==
              absl::StatusCode::kInvalidArgument);
  const PseudoQueries other_dim{RandomVectors(1, 16, 8), {}};
  CATCH_CHECK(Fit(tiny, other_dim, kOne, 1).status().code() == absl::StatusCode::kInvalidArgument);
  const PseudoQueries lone_source{queries.vectors, {NodeId{0}}};
  CATCH_CHECK(Fit(tiny, lone_source, kOne, 1).status().code() ==
              absl::StatusCode::kInvalidArgument);
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  CATCH_CHECK(Fit(tiny, queries, kOne, 1, cancellation).status().code() ==
              absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace seekd
