#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/index/generation.h"
#include "core/index/generation_builder.h"
#include "core/search/exact_truth.h"
#include "core/search/search.h"
#include "core/storage/atomic_file.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"
#include "tests/support/fake_embedding_source.h"
#include "tests/support/rounds.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;
using testing::TempFolder;

constexpr uint32_t kCount = 6000;
constexpr uint32_t kDim = 32;
// Of 750 KiB of vectors.
constexpr uint64_t kSmallBudget = 480 << 10;

// Counts reads, and can fail at one. May claim that its rows take no encoder.
class CountingRows final : public RowSource {
 public:
  explicit CountingRows(const VectorSet* vectors, bool at_hand = false)
      : rows_(vectors), at_hand_(at_hand) {}
  uint32_t dim() const override { return rows_.dim(); }
  uint32_t size() const override { return rows_.size(); }
  bool at_hand(uint32_t) const override { return at_hand_; }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override {
    if ((rows_read += rows.size()) > fail_after) return absl::UnavailableError("encoder is gone");
    const uint64_t now = reading_ += rows.size();
    uint64_t most = most_at_once.load();
    while (now > most && !most_at_once.compare_exchange_weak(most, now)) {
    }
    const absl::Status status = rows_.Read(rows, out);
    reading_ -= rows.size();
    return status;
  }

  mutable std::atomic<uint64_t> rows_read{0};
  mutable std::atomic<uint64_t> most_at_once{0};
  uint64_t fail_after = UINT64_MAX;

 private:
  VectorRows rows_;
  const bool at_hand_;
  mutable std::atomic<uint64_t> reading_{0};
};

struct Fixture {
  const uint32_t count;
  VectorSet vectors = testing::ClusteredVectors(count + 250, kDim, 60, 5);
  VectorSet queries = testing::TakeLast(100, &vectors);
  PseudoQueries pseudo{testing::TakeLast(150, &vectors), {}};
  std::vector<ChunkId> chunks;
  TempFolder folder;
  uint32_t threads = 2;
  uint64_t cancel_at = UINT64_MAX;  // steps

  explicit Fixture(uint32_t nodes = kCount) : count(nodes) {
    for (uint32_t i = 0; i < count; ++i) chunks.emplace_back(i + 1);
  }

  absl::StatusOr<Manifest> Build(const std::string& name, const RowSource& rows,
                                 GenerationOptions options) {
    options.max_index_bytes = 40 * count;
    options.graph.threads = options.prune.threads = options.threads = threads;
    GenerationInput input{1, "model", "print", chunks, &rows, &pseudo, folder.File("build")};
    auto cancellation = std::make_shared<Cancellation>();
    uint64_t last = 0;
    return BuildGeneration(folder.File(name), input, options, cancellation, [&](uint64_t done) {
      CATCH_CHECK(done >= last);
      CATCH_CHECK(done <= BuildSteps(count));
      last = done;
      if (done >= cancel_at) cancellation->Cancel();
    });
  }
  std::string Bytes(const std::string& file) const {
    return ReadWholeFile(folder.File(file), 1 << 24).value();
  }
};

absl::StatusOr<SearchResult> SearchOne(const Fixture& f, const Generation& generation, uint32_t q,
                                       const SearchOptions& options) {
  testing::FakeEmbeddingSource source(kDim, f.vectors.values);
  SearchIndex index;
  index.graph = &generation.graph();
  index.codes = &generation.codes();
  index.nodes = &generation.nodes();
  index.calibration = &generation.manifest().calibration;
  const std::vector<float> query(f.queries.row(q), f.queries.row(q) + kDim);
  asio::io_context context(1);
  auto search = asio::co_spawn(context, Search(index, query, options, &source), asio::use_future);
  context.run();
  return search.get();
}

// Mean recall@3 of the default search, and rows recomputed a query.
std::pair<double, double> Measure(const Fixture& f, const std::string& name) {
  const auto generation = Generation::Open(f.folder.File(name));
  CATCH_REQUIRE(generation.ok());
  const auto truth = *TopScores(f.vectors, f.queries, {}, 3, 1, nullptr);
  SearchOptions options;
  options.top_k = 3;
  options.exact_scores = true;  // what is judged below
  double right = 0;
  double rows = 0;
  for (uint32_t q = 0; q < f.queries.size(); ++q) {
    const auto result = SearchOne(f, **generation, q, options);
    CATCH_REQUIRE(result.ok());
    for (const ScoredChunk& hit : result->chunks) {
      right += hit.score >= truth[q][2] - kScoreTieTolerance ? 1 : 0;
    }
    rows += result->stats.recomputed;
  }
  return {right / (3.0 * f.queries.size()), rows / f.queries.size()};
}

CATCH_TEST_CASE("a build in shards keeps its budget and searches as well as one at once") {
  Fixture f;
  const CountingRows rows(&f.vectors);
  const auto whole = f.Build("whole", rows, {});
  CATCH_REQUIRE(whole.ok());
  CATCH_CHECK(whole->shards == 1);
  CATCH_CHECK(rows.rows_read == kCount);  // each embedding once
  CATCH_CHECK(whole->rows_recomputed == kCount);

  rows.rows_read = 0;
  GenerationOptions options;
  options.max_embedding_bytes = kSmallBudget;
  const auto sharded = f.Build("sharded", rows, options);
  CATCH_REQUIRE(sharded.status() == absl::OkStatus());
  CATCH_CHECK(sharded->shards > 4);
  CATCH_CHECK(sharded->peak_embedding_bytes <= kSmallBudget);
  CATCH_CHECK(sharded->rows_recomputed == rows.rows_read);
  CATCH_CHECK_FALSE(fs::exists(f.folder.File("build")));

  const auto [recall, cost] = Measure(f, "whole");
  const auto [sharded_recall, sharded_cost] = Measure(f, "sharded");
  CATCH_CAPTURE(recall, cost, sharded_recall, sharded_cost, sharded->shards, rows.rows_read.load());
  CATCH_CHECK(recall >= 0.88);
  CATCH_CHECK(sharded_recall >= recall - 0.03);
  CATCH_CHECK(sharded_cost <= 1.3 * cost + 3);
}

CATCH_TEST_CASE("an index without links is scanned, built at once or in parts") {
  Fixture f;
  const CountingRows rows(&f.vectors);
  GenerationOptions options;
  options.prune.degree = 0;
  const auto whole = f.Build("whole", rows, options);
  CATCH_REQUIRE(whole.status() == absl::OkStatus());
  CATCH_CHECK(whole->edge_count == 0);
  CATCH_CHECK(whole->file_bytes.at("graph.bin") < kCount + 1024);
  options.max_embedding_bytes = kSmallBudget;
  const auto parts = f.Build("parts", rows, options);
  CATCH_REQUIRE(parts.status() == absl::OkStatus());
  CATCH_CHECK(parts->peak_embedding_bytes <= kSmallBudget);
  CATCH_CHECK(f.Bytes("whole/graph.bin") == f.Bytes("parts/graph.bin"));
  for (const char* name : {"whole", "parts"}) {
    const auto [recall, cost] = Measure(f, name);
    CATCH_CAPTURE(name, recall, cost);
    CATCH_CHECK(recall >= 0.88);
  }

  // What would walk the links is refused, by name; the default is not.
  const auto generation = Generation::Open(f.folder.File("whole"));
  CATCH_REQUIRE(generation.ok());
  SearchOptions search;
  const auto scanned = SearchOne(f, **generation, 0, search);
  CATCH_REQUIRE(scanned.ok());
  CATCH_CHECK(scanned->stats.strategy == Strategy::kFlat);
  search.first_stage = FirstStage::kBeam;
  CATCH_CHECK(absl::IsFailedPrecondition(SearchOne(f, **generation, 0, search).status()));
  search.first_stage = FirstStage::kAuto;
  for (const Strategy strategy : {Strategy::kExact, Strategy::kTwoLevel}) {
    search.strategy = strategy;
    const std::string refused(SearchOne(f, **generation, 0, search).status().message());
    CATCH_CHECK(refused.find(StrategyName(strategy)) != std::string::npos);
  }
}

CATCH_TEST_CASE("an interrupted build in shards goes on where it stopped") {
  Fixture f;
  GenerationOptions options;
  options.max_embedding_bytes = kSmallBudget;
  CountingRows rows(&f.vectors);
  CATCH_REQUIRE(f.Build("first", rows, options).ok());
  const uint64_t all = rows.rows_read;

  rows.rows_read = 0;
  rows.fail_after = 2 * kCount;  // past the first pass, amid the shards
  const auto failed = f.Build("second", rows, options);
  CATCH_CHECK(absl::IsUnavailable(failed.status()));
  CATCH_CHECK_FALSE(fs::exists(f.folder.File("second")));
  CATCH_CHECK(fs::exists(f.folder.File("build")));

  rows.rows_read = 0;
  rows.fail_after = UINT64_MAX;
  const auto resumed = f.Build("third", rows, options);
  CATCH_REQUIRE(resumed.ok());
  CATCH_CAPTURE(all, rows.rows_read.load());
  CATCH_CHECK(rows.rows_read < all - kCount / 2);
  CATCH_CHECK_FALSE(fs::exists(f.folder.File("build")));
}

CATCH_TEST_CASE("what another build left is not used; a damaged shard is built again") {
  Fixture f;
  GenerationOptions options;
  options.max_embedding_bytes = kSmallBudget;
  CountingRows rows(&f.vectors);
  rows.fail_after = 2 * kCount;
  CATCH_REQUIRE_FALSE(f.Build("first", rows, options).ok());
  for (const auto& entry : fs::recursive_directory_iterator(f.folder.File("build"))) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), 100);
  }
  fs::create_directories(f.folder.File("build/of-another"));
  rows.fail_after = UINT64_MAX;
  CATCH_CHECK(f.Build("second", rows, options).ok());
  CATCH_CHECK_FALSE(fs::exists(f.folder.File("build")));
}

CATCH_TEST_CASE("what a build in shards keeps changes no byte of it, and spares recomputing") {
  Fixture f(2000);
  f.threads = 1;  // more would number links by chance
  GenerationOptions options;
  options.max_embedding_bytes = 260 << 10;
  const CountingRows rows(&f.vectors);
  const auto kept = f.Build("kept", rows, options);
  CATCH_REQUIRE(kept.status() == absl::OkStatus());
  CATCH_CHECK(kept->shards > 2);
  // Rows at hand are not kept.
  const CountingRows at_hand(&f.vectors, /*at_hand=*/true);
  const auto read_again = f.Build("read-again", at_hand, options);
  CATCH_REQUIRE(read_again.status() == absl::OkStatus());
  for (const char* file : {"graph.bin", "codes.bin", "nodes.bin"}) {
    CATCH_INFO(file);
    CATCH_CHECK(
        (f.Bytes(std::string("kept/") + file) == f.Bytes(std::string("read-again/") + file)));
  }
  CATCH_REQUIRE(kept->calibration.entries.size() == read_again->calibration.entries.size());
  for (size_t i = 0; i < kept->calibration.entries.size(); ++i) {
    CATCH_CHECK(kept->calibration.entries[i].rule.margin ==
                read_again->calibration.entries[i].rule.margin);
  }
  CATCH_CAPTURE(rows.rows_read.load(), at_hand.rows_read.load());
  CATCH_CHECK(kept->rows_recomputed == rows.rows_read);
  CATCH_CHECK(read_again->rows_recomputed == 0);
  CATCH_CHECK(rows.rows_read * 4 < at_hand.rows_read * 3);
}

CATCH_TEST_CASE(
    "whatever the budget and the interruption: it is kept, and the result is the same") {
  Fixture f(1500);
  f.threads = 1;
  // The fit of the stop rule is not what is looked at, and takes most of a small build.
  f.pseudo.vectors.values.resize(20 * kDim);
  std::mt19937_64 random(17);
  for (int round = 0; round < testing::Rounds(6); ++round) {
    GenerationOptions options;
    options.max_embedding_bytes = (190 << 10) + random() % (220 << 10);
    options.held_embedding_bytes = random() % (options.max_embedding_bytes / 8);
    CATCH_CAPTURE(round, options.max_embedding_bytes, options.held_embedding_bytes);
    CountingRows rows(&f.vectors);
    const auto undisturbed = f.Build("undisturbed", rows, options);
    CATCH_REQUIRE(undisturbed.status() == absl::OkStatus());
    CATCH_CHECK(undisturbed->shards > 1);
    CATCH_CHECK(undisturbed->peak_embedding_bytes <= options.max_embedding_bytes);
    CATCH_CHECK(undisturbed->peak_embedding_bytes > options.max_embedding_bytes / 3);
    CATCH_CHECK(rows.most_at_once <= kRowsPerRead);
    const uint64_t all = rows.rows_read;

    // Again and again, by a failing encoder or by the user, each time a little later.
    absl::StatusOr<Manifest> resumed = absl::UnknownError("not built");
    for (uint64_t attempt = 0; !resumed.ok(); ++attempt) {
      CATCH_REQUIRE(attempt < 20);
      rows.rows_read = 0;
      const bool fails = random() % 2 == 0;
      rows.fail_after = fails ? (attempt + 1) * (all / 8) + random() % 500 : UINT64_MAX;
      f.cancel_at = fails ? UINT64_MAX : (attempt + 1) * (BuildSteps(f.count) / 8);
      resumed = f.Build("resumed", rows, options);
      if (resumed.ok()) break;
      CATCH_REQUIRE(resumed.status().code() ==
                    (fails ? absl::StatusCode::kUnavailable : absl::StatusCode::kCancelled));
      CATCH_REQUIRE_FALSE(fs::exists(f.folder.File("resumed")));
    }
    f.cancel_at = UINT64_MAX;
    CATCH_CHECK(resumed->peak_embedding_bytes <= options.max_embedding_bytes);
    for (const char* file : {"graph.bin", "codes.bin", "nodes.bin"}) {
      CATCH_INFO(file);
      CATCH_CHECK(
          (f.Bytes(std::string("undisturbed/") + file) == f.Bytes(std::string("resumed/") + file)));
    }
    CATCH_CHECK_FALSE(fs::exists(f.folder.File("build")));
    fs::remove_all(f.folder.File("undisturbed"));
    fs::remove_all(f.folder.File("resumed"));
  }
}

CATCH_TEST_CASE("a build in shards needs a work folder and room") {
  Fixture f;
  const VectorRows rows(&f.vectors);
  GenerationInput input{1, "model", "print", f.chunks, &rows, nullptr, ""};
  GenerationOptions options;
  options.max_index_bytes = 40 * kCount;
  options.threads = 1;
  options.max_embedding_bytes = kSmallBudget;
  CATCH_CHECK(absl::IsInvalidArgument(
      BuildGeneration(f.folder.File("gen"), input, options, nullptr, {}).status()));
  options.max_embedding_bytes = 50'000;
  const auto built = BuildGeneration(f.folder.File("gen"), input, options, nullptr, {});
  CATCH_CHECK(absl::IsResourceExhausted(built.status()));
  CATCH_CHECK_FALSE(fs::exists(f.folder.File("gen")));
}

}  // namespace
}  // namespace seekd
