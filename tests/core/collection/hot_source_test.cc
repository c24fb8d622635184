#include "core/collection/hot_source.h"

#include <cmath>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "core/collection/run_sync.h"
#include "core/index/generation_builder.h"
#include "core/index/generation_folder.h"
#include "core/vector/distance.h"
#include "tests/support/catch.h"
#include "tests/support/fake_embedding_source.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

constexpr uint32_t kDim = 16;
constexpr uint32_t kNodes = 300;
constexpr uint32_t kHot = 100;

// Node i is chunk 2 i + 1; every third was visited and is hot.
struct Fixture {
  Fixture() {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    vectors.dim = kDim;
    for (uint32_t i = 0; i < kNodes * kDim; ++i) vectors.values.push_back(normal(random));
    std::vector<uint32_t> visits;
    for (uint32_t i = 0; i < kNodes; ++i) {
      NormalizeInPlace(vectors.values.data() + i * kDim, kDim);
      chunks.emplace_back(2 * i + 1);
      visits.push_back(i % 3 == 0 ? 1 : 0);
    }
    const VectorRows rows(&vectors);
    GenerationInput input{1, "model", "print", chunks, &rows, nullptr, ""};
    input.visits = visits;
    GenerationOptions options;
    options.max_index_bytes = 64'000;
    options.max_hot_bytes = HotCacheFileBytes(kDim, kHot);
    options.graph.threads = options.prune.threads = options.threads = 1;
    path = GenerationPath(folder.path(), 1);
    CATCH_REQUIRE(BuildGeneration(path, input, options, nullptr, [](uint64_t) {}).ok());
    generation = *Generation::Open(path);
    behind.emplace(kDim, chunks, vectors.values);
  }

  absl::StatusOr<EmbeddingRows> Fetch(HotSource& source, const std::vector<ChunkId>& ids,
                                      bool use_cache = true) {
    EncodeOptions options;
    options.use_cache = use_cache;
    return RunSync(source.Fetch(ids, options));
  }
  void CheckRows(const EmbeddingRows& rows, const std::vector<ChunkId>& ids, float tolerance) {
    CATCH_REQUIRE(rows.rows() == ids.size());
    for (size_t i = 0; i < ids.size(); ++i) {
      if (rows.is_missing(i)) continue;
      const float* expected = vectors.row(static_cast<uint32_t>(ids[i].value / 2));
      for (uint32_t d = 0; d < kDim; ++d) {
        CATCH_REQUIRE(std::abs(rows.row(i)[d] - expected[d]) <= tolerance);
      }
    }
  }

  testing::TempFolder folder;
  std::string path;
  VectorSet vectors;
  std::vector<ChunkId> chunks;
  std::shared_ptr<const Generation> generation;
  std::optional<testing::FakeEmbeddingSource> behind;
  VisitCounter visits;
};

CATCH_TEST_CASE("Hot rows come from the cache, the others from behind, in the order asked") {
  Fixture f;
  HotSource source(f.generation.get(), &*f.behind, &f.visits);
  std::mt19937 random(2);
  for (int call = 0; call < 30; ++call) {
    std::vector<ChunkId> ids;
    uint32_t hot = 0;
    for (uint32_t i = 0; i < 20; ++i) {
      const uint32_t node = (i * 15 + random() % 15) % kNodes;
      ids.push_back(f.chunks[node]);
      hot += node % 3 == 0 ? 1 : 0;
    }
    const uint64_t before = f.behind->rows_requested();
    const auto rows = f.Fetch(source, ids);
    CATCH_REQUIRE(rows.status() == absl::OkStatus());
    f.CheckRows(*rows, ids, 1e-3F);
    CATCH_CHECK(rows->cache_hits == hot);
    CATCH_CHECK(rows->recomputed == 20 - hot);
    CATCH_CHECK(f.behind->rows_requested() - before == 20 - hot);
  }
}

CATCH_TEST_CASE("Only hot rows: nothing is asked behind") {
  Fixture f;
  HotSource source(f.generation.get(), &*f.behind, &f.visits);
  const std::vector<ChunkId> ids = {f.chunks[3], f.chunks[0], f.chunks[297]};
  f.CheckRows(*f.Fetch(source, ids), ids, 1e-3F);
  CATCH_CHECK(f.behind->calls() == 0);
  CATCH_CHECK(source.hits() == 3);
  CATCH_CHECK(f.visits.Of(ids) == std::vector<uint32_t>{1, 1, 1});
}

CATCH_TEST_CASE("Without caches everything is recomputed and nothing counted") {
  Fixture f;
  HotSource source(f.generation.get(), &*f.behind, &f.visits);
  const std::vector<ChunkId> ids = {f.chunks[3], f.chunks[4]};
  const auto rows = f.Fetch(source, ids, /*use_cache=*/false);
  CATCH_CHECK(rows->recomputed == 2);
  CATCH_CHECK(rows->cache_hits == 0);
  f.CheckRows(*rows, ids, 0);
  CATCH_CHECK(f.visits.ToVector().empty());
}

CATCH_TEST_CASE("Missing rows, errors and collections without a generation pass through") {
  Fixture f;
  HotSource source(f.generation.get(), &*f.behind, nullptr);
  f.behind->Remove(f.chunks[4]);
  const std::vector<ChunkId> ids = {f.chunks[3], f.chunks[4], f.chunks[5], ChunkId(4)};
  const auto rows = f.Fetch(source, ids);
  CATCH_REQUIRE(rows.ok());
  CATCH_CHECK(
      (!rows->is_missing(0) && rows->is_missing(1) && !rows->is_missing(2) && rows->is_missing(3)));
  f.CheckRows(*rows, ids, 1e-3F);

  HotSource bare(nullptr, &*f.behind, nullptr);
  CATCH_CHECK(f.Fetch(bare, {f.chunks[3]})->recomputed == 1);
  f.behind->FailFrom(0, absl::UnavailableError("gone"));
  CATCH_CHECK(absl::IsUnavailable(f.Fetch(source, {f.chunks[4]}).status()));
  CATCH_CHECK(f.Fetch(source, {f.chunks[3]}).ok());
}

CATCH_TEST_CASE("A damaged hot cache is data loss, never a wrong row") {
  Fixture f;
  std::string bytes = f.folder.Read("gen-1/hot.bin");
  bytes[bytes.size() - 100] ^= 1;  // in a row, behind the nodes that Open reads
  f.generation.reset();
  f.folder.Write("gen-1/hot.bin", bytes);
  const auto generation = Generation::Open(f.path);
  // So small a file is one block: Open notices.
  CATCH_CHECK(absl::IsDataLoss(generation.status()));
}

}  // namespace
}  // namespace seekd
