// Filters, tombstones and pending chunks.
#include <set>

#include "core/search/search.h"
#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// A set of the chunks of nodes begin, begin + step, ... below `end`.
std::shared_ptr<const ChunkSet> Chunks(uint32_t begin, uint32_t end, uint32_t step) {
  auto set = std::make_shared<ChunkSet>();
  for (uint32_t i = begin; i < end; i += step) set->Insert(SmallCollection().chunks()[i]);
  return set;
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
    for (const Strategy strategy : kAllStrategies) {
      const auto source = collection.NewSource();
      SearchOptions options = Asking(strategy, 5);
      options.batch_rows = 32;  // coarse codes, no calibration
      const bool steers = strategy == Strategy::kExact || strategy == Strategy::kTwoLevel;
      if (steers) options.beam_width = 2000;
      if (strategy == Strategy::kTwoLevel) options.rerank_ratio = 1;
      const auto result = RunSearch(index, query, options, source.get());
      CATCH_REQUIRE(result.ok());
      for (const ScoredChunk& hit : result->chunks) CATCH_CHECK(filter.Allows(hit.chunk));
      CATCH_CHECK(result->chunks.size() == truth.size());
      if (!truth.empty()) CATCH_CHECK(RecallOf(result->chunks, truth) >= 0.8);
      if (!steers) {
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
    const auto result = RunSearch(index, AnyQuery(), Asking(strategy), source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->stats.strategy == Strategy::kFlat);
    CATCH_CHECK(result->stats.code_distances < 50 + 10 * 40);
  }
}

CATCH_TEST_CASE("Search: a forced first stage runs whatever filter and calibration prefer") {
  const SearchFixture& collection = SmallCollection();
  const ChunkFilter narrow{nullptr, Chunks(0, 2000, 40)};
  StopCalibration scans;
  scans.entries = {{10, 0.9F, {}, 300, /*scan=*/true}};
  const auto ran = [&](FirstStage stage, const ChunkFilter* filter,
                       const StopCalibration* calibration, Strategy strategy) {
    SearchIndex index = collection.index();
    index.filter = filter;
    index.calibration = calibration;
    SearchOptions options = Asking(strategy);
    options.first_stage = stage;
    const auto source = collection.NewSource();
    const auto result = RunSearch(index, AnyQuery(), options, source.get());
    CATCH_REQUIRE(result.ok());
    CATCH_CHECK(result->chunks.size() == 10);
    return result->stats.strategy;
  };
  constexpr Strategy kFrugal = Strategy::kFrugal;
  constexpr Strategy kFlat = Strategy::kFlat;
  CATCH_CHECK(ran(FirstStage::kAuto, nullptr, nullptr, kFrugal) == kFrugal);
  CATCH_CHECK(ran(FirstStage::kAuto, nullptr, &scans, kFrugal) == kFlat);
  CATCH_CHECK(ran(FirstStage::kBeam, nullptr, &scans, kFrugal) == kFrugal);
  CATCH_CHECK(ran(FirstStage::kBeam, &narrow, &scans, kFrugal) == kFrugal);
  CATCH_CHECK(ran(FirstStage::kScan, nullptr, nullptr, kFrugal) == kFlat);
  CATCH_CHECK(ran(FirstStage::kScan, &narrow, nullptr, kFlat) == kFlat);
}

CATCH_TEST_CASE("Search: a forced scan equals strategy flat") {
  const SearchFixture& collection = SmallCollection();
  SearchOptions scan = Asking(Strategy::kFrugal);
  scan.first_stage = FirstStage::kScan;
  const auto source = collection.NewSource();
  const auto scanned = RunSearch(collection.index(), AnyQuery(), scan, source.get());
  const auto flat =
      RunSearch(collection.index(), AnyQuery(), Asking(Strategy::kFlat), source.get());
  CATCH_REQUIRE(scanned.ok());
  CATCH_REQUIRE(flat.ok());
  CATCH_CHECK(scanned->stats.recomputed == flat->stats.recomputed);
  CATCH_CHECK(scanned->stats.code_distances == flat->stats.code_distances);
  CATCH_REQUIRE(scanned->chunks.size() == flat->chunks.size());
  for (size_t i = 0; i < flat->chunks.size(); ++i) {
    CATCH_CHECK(scanned->chunks[i].chunk == flat->chunks[i].chunk);
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
  for (const Strategy strategy : kAllStrategies) {
    const auto source = collection.NewSource();
    const auto result = RunSearch(index, query, Asking(strategy), source.get());
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
  for (const Strategy strategy : kAllStrategies) {
    const auto result = RunSearch(index, {0, 1}, Asking(strategy), &source);
    CATCH_REQUIRE(result.ok());
    CATCH_REQUIRE(result->chunks.size() == 2);
    CATCH_CHECK(result->chunks[0].chunk == ChunkId{2});
    CATCH_CHECK(result->chunks[0].score == 1);
    CATCH_CHECK(result->stats.complete);
    CATCH_CHECK(result->stats.strategy == strategy);
  }
}

}  // namespace
}  // namespace seekd
