#include "core/index/generation.h"

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/index/generation_builder.h"
#include "core/index/generation_folder.h"
#include "core/storage/atomic_file.h"
#include "core/vector/distance.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

constexpr uint32_t kDim = 16;

VectorSet RandomUnitVectors(uint32_t count, uint32_t seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  VectorSet set{kDim, std::vector<float>(size_t{count} * kDim)};
  for (float& v : set.values) v = normal(rng);
  for (uint32_t i = 0; i < count; ++i) NormalizeInPlace(set.values.data() + i * kDim, kDim);
  return set;
}

std::vector<ChunkId> Chunks(uint32_t count) {
  std::vector<ChunkId> chunks;
  for (uint32_t i = 0; i < count; ++i) chunks.emplace_back(2 * i + 5);
  return chunks;
}

absl::StatusOr<Manifest> Build(const std::string& folder, uint64_t number, uint32_t count,
                               uint64_t budget = 1 << 20) {
  const VectorSet vectors = RandomUnitVectors(count, 1);
  const PseudoQueries queries{RandomUnitVectors(20, 2), {}};
  const std::vector<ChunkId> chunks = Chunks(count);
  const VectorRows rows(&vectors);
  GenerationInput input{number, "model", "print", chunks, &rows, &queries, ""};
  GenerationOptions options;
  options.max_index_bytes = budget;
  options.graph.threads = options.prune.threads = options.threads = 1;
  return BuildGeneration(GenerationPath(folder, number), input, options, nullptr, [](uint64_t) {});
}

CATCH_TEST_CASE("A built generation opens with what was put in") {
  const TempFolder folder;
  const auto manifest = Build(folder.path(), 1, 500);
  CATCH_REQUIRE(manifest.ok());
  CATCH_REQUIRE(PublishGeneration(folder.path(), 1).ok());
  const auto generation = OpenCurrent(folder.path());
  CATCH_REQUIRE(generation.ok());
  CATCH_REQUIRE(*generation != nullptr);
  CATCH_CHECK((*generation)->graph().node_count() == 500);
  CATCH_CHECK((*generation)->nodes().Chunk(NodeId(3)) == ChunkId(11));
  CATCH_CHECK(!(*generation)->manifest().calibration.entries.empty());
  CATCH_CHECK((*generation)->index_bytes() == *TreeBytes(GenerationPath(folder.path(), 1)));
}

CATCH_TEST_CASE("The byte budget of a generation is hard") {
  for (const uint64_t budget : {24'000ULL, 40'000ULL, 64'000ULL}) {
    const TempFolder folder;
    const auto manifest = Build(folder.path(), 1, 1000, budget);
    CATCH_REQUIRE(manifest.ok());
    CATCH_CHECK(*TreeBytes(folder.path()) <= budget);
  }
  const TempFolder folder;
  CATCH_CHECK(absl::IsResourceExhausted(Build(folder.path(), 1, 1000, 5'000).status()));
  CATCH_CHECK(!std::filesystem::exists(GenerationPath(folder.path(), 1)));
}

CATCH_TEST_CASE("Tiny generations work: zero, one and two chunks") {
  for (const uint32_t count : {0U, 1U, 2U}) {
    const TempFolder folder;
    CATCH_REQUIRE(Build(folder.path(), 1, count).status() == absl::OkStatus());
    CATCH_REQUIRE(PublishGeneration(folder.path(), 1).ok());
    CATCH_CHECK((*OpenCurrent(folder.path()))->graph().node_count() == count);
  }
}

CATCH_TEST_CASE("A cancelled build leaves nothing behind") {
  const TempFolder folder;
  const VectorSet vectors = RandomUnitVectors(200, 1);
  const std::vector<ChunkId> chunks = Chunks(200);
  const VectorRows rows(&vectors);
  GenerationInput input{1, "model", "print", chunks, &rows, nullptr, ""};
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  const auto built = BuildGeneration(GenerationPath(folder.path(), 1), input, GenerationOptions(),
                                     cancellation, [](uint64_t) {});
  CATCH_CHECK(absl::IsCancelled(built.status()));
  CATCH_CHECK(!std::filesystem::exists(GenerationPath(folder.path(), 1)));
}

CATCH_TEST_CASE("No CURRENT is an empty collection; a bad CURRENT is data loss") {
  const TempFolder folder;
  CATCH_REQUIRE(OpenCurrent(folder.path()).ok());
  CATCH_CHECK(*OpenCurrent(folder.path()) == nullptr);
  for (const char* bad :
       {"", "gen-1", "gen-x\n", "gen-01\n", "gen-1\n\n", "../evil\n", "gen-9\n"}) {
    folder.Write("CURRENT", bad);
    CATCH_INFO(bad);
    CATCH_CHECK(absl::IsDataLoss(OpenCurrent(folder.path()).status()));
  }
}

CATCH_TEST_CASE("Files of two generations are not mixed up") {
  const TempFolder folder;
  CATCH_REQUIRE(Build(folder.path(), 1, 100).ok());
  CATCH_REQUIRE(Build(folder.path(), 2, 120).ok());
  for (const char* file : {"graph.bin", "codes.bin", "nodes.bin"}) {
    const std::string target = GenerationPath(folder.path(), 1) + "/" + file;
    const std::string saved = *ReadWholeFile(target, 1 << 20);
    std::filesystem::copy_file(GenerationPath(folder.path(), 2) + "/" + file, target,
                               std::filesystem::copy_options::overwrite_existing);
    const auto opened = Generation::Open(GenerationPath(folder.path(), 1));
    CATCH_INFO(file);
    CATCH_CHECK(absl::IsDataLoss(opened.status()));
    CATCH_CHECK(opened.status().message().find(file) != std::string::npos);
    CATCH_REQUIRE(WriteFileAtomically(target, saved).ok());
  }
  CATCH_CHECK(Generation::Open(GenerationPath(folder.path(), 1)).ok());
}

CATCH_TEST_CASE("Publishing swaps; the others can be removed") {
  const TempFolder folder;
  CATCH_REQUIRE(*NextGeneration(folder.path()) == 1);
  CATCH_REQUIRE(Build(folder.path(), 1, 50).ok());
  CATCH_REQUIRE(PublishGeneration(folder.path(), 1).ok());
  CATCH_REQUIRE(*NextGeneration(folder.path()) == 2);
  CATCH_REQUIRE(Build(folder.path(), 2, 60).ok());
  CATCH_CHECK((*OpenCurrent(folder.path()))->graph().node_count() == 50);
  CATCH_REQUIRE(PublishGeneration(folder.path(), 2).ok());
  CATCH_REQUIRE(RemoveOtherGenerations(folder.path(), 2).ok());
  CATCH_CHECK(!std::filesystem::exists(GenerationPath(folder.path(), 1)));
  CATCH_CHECK((*OpenCurrent(folder.path()))->graph().node_count() == 60);
}

}  // namespace
}  // namespace seekd
