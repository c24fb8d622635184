#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "core/index/generation.h"
#include "core/index/generation_builder.h"
#include "core/search/exact_truth.h"
#include "core/search/search.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"
#include "tests/support/fake_embedding_source.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;
using testing::TempFolder;

constexpr uint32_t kCount = 6000;
constexpr uint32_t kDim = 32;
// Of 750 KiB of vectors.
constexpr uint64_t kSmallBudget = 420 << 10;

// Counts reads, and can fail at one.
class CountingRows final : public RowSource {
 public:
  explicit CountingRows(const VectorSet* vectors) : rows_(vectors) {}
  uint32_t dim() const override { return rows_.dim(); }
  uint32_t size() const override { return rows_.size(); }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override {
    if ((rows_read += rows.size()) > fail_after) return absl::UnavailableError("encoder is gone");
    return rows_.Read(rows, out);
  }

  mutable std::atomic<uint64_t> rows_read{0};
  uint64_t fail_after = UINT64_MAX;

 private:
  VectorRows rows_;
};

struct Fixture {
  VectorSet vectors = testing::ClusteredVectors(kCount + 250, kDim, 60, 5);
  VectorSet queries = testing::TakeLast(100, &vectors);
  PseudoQueries pseudo{testing::TakeLast(150, &vectors), {}};
  std::vector<ChunkId> chunks;
  TempFolder folder;

  Fixture() {
    for (uint32_t i = 0; i < kCount; ++i) chunks.emplace_back(i + 1);
  }

  absl::StatusOr<Manifest> Build(const std::string& name, const RowSource& rows,
                                 GenerationOptions options) {
    options.max_index_bytes = 40 * kCount;
    options.graph.threads = options.prune.threads = options.threads = 2;
    GenerationInput input{1, "model", "print", chunks, &rows, &pseudo, folder.File("build")};
    uint64_t last = 0;
    return BuildGeneration(folder.File(name), input, options, nullptr, [&last](uint64_t done) {
      CATCH_CHECK(done >= last);
      CATCH_CHECK(done <= BuildSteps(kCount));
      last = done;
    });
  }
};

// Mean recall@3 of the default search, and rows recomputed a query.
std::pair<double, double> Measure(const Fixture& f, const std::string& name) {
  const auto generation = Generation::Open(f.folder.File(name));
  CATCH_REQUIRE(generation.ok());
  const auto truth = *TopScores(f.vectors, f.queries, {}, 3, 1, nullptr);
  testing::FakeEmbeddingSource source(kDim, f.vectors.values);
  SearchIndex index;
  index.graph = &(*generation)->graph();
  index.codes = &(*generation)->codes();
  index.nodes = &(*generation)->nodes();
  index.calibration = &(*generation)->manifest().calibration;
  SearchOptions options;
  options.top_k = 3;
  double right = 0;
  double rows = 0;
  for (uint32_t q = 0; q < f.queries.size(); ++q) {
    const std::vector<float> query(f.queries.row(q), f.queries.row(q) + kDim);
    asio::io_context context(1);
    auto search = asio::co_spawn(context, Search(index, query, options, &source), asio::use_future);
    context.run();
    const auto result = search.get();
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

  rows.rows_read = 0;
  GenerationOptions options;
  options.max_embedding_bytes = kSmallBudget;
  const auto sharded = f.Build("sharded", rows, options);
  CATCH_REQUIRE(sharded.status() == absl::OkStatus());
  CATCH_CHECK(sharded->shards > 4);
  CATCH_CHECK(sharded->peak_embedding_bytes <= kSmallBudget);
  CATCH_CHECK_FALSE(fs::exists(f.folder.File("build")));

  const auto [recall, cost] = Measure(f, "whole");
  const auto [sharded_recall, sharded_cost] = Measure(f, "sharded");
  CATCH_CAPTURE(recall, cost, sharded_recall, sharded_cost, sharded->shards, rows.rows_read.load());
  CATCH_CHECK(recall >= 0.88);
  CATCH_CHECK(sharded_recall >= recall - 0.03);
  CATCH_CHECK(sharded_cost <= 1.3 * cost + 3);
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
