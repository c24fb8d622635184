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
#include "core/vector/half.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/support/trained_codebooks.h"

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
                               uint64_t budget = 1 << 20,
                               const SharedCodebooks* codebooks = nullptr, uint64_t wanted = 0) {
  const VectorSet vectors = RandomUnitVectors(count, 1);
  const PseudoQueries queries{RandomUnitVectors(20, 2), {}};
  const std::vector<ChunkId> chunks = Chunks(count);
  const VectorRows rows(&vectors);
  GenerationInput input{number, "model", "print", chunks, &rows, &queries, ""};
  input.codebooks = codebooks;
  GenerationOptions options;
  options.max_index_bytes = budget;
  options.wanted_index_bytes = wanted;
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

CATCH_TEST_CASE("By the model's codebook the byte budget is hard, too, and may be smaller") {
  const TempFolder model;
  const auto codebooks = testing::TrainedCodebooks(model.File("codebooks.bin"), kDim, 1);
  for (const uint32_t nodes : {1U, 60U, 1000U}) {
    const uint64_t smallest = kMinIndexBytesOfSharedCodebook + nodes * kMinIndexBytesPerNode;
    for (const uint64_t budget : {smallest, 2 * smallest}) {
      for (const uint64_t wanted : {uint64_t{0}, uint64_t{1}, 3 * budget / 4}) {
        const TempFolder folder;
        const auto manifest = Build(folder.path(), 1, nodes, budget, codebooks.get(), wanted);
        CATCH_REQUIRE(manifest.status() == absl::OkStatus());
        CATCH_CHECK(manifest->shared_codebook);
        CATCH_CHECK(manifest->code_stages == 4);
        CATCH_CHECK(*TreeBytes(folder.path()) <= budget);
        if (wanted == 1) CATCH_CHECK(manifest->code_bytes == 8);
        if (wanted > 1 && manifest->code_bytes > 8) {
          CATCH_CHECK(*TreeBytes(folder.path()) <= wanted);
        }
      }
    }
  }
}

CATCH_TEST_CASE("A generation by the model's codebook opens for this model only") {
  const TempFolder model, folder;
  const auto right = testing::TrainedCodebooks(model.File("right"), kDim, 1);
  const auto wrong = testing::TrainedCodebooks(model.File("wrong"), kDim, 2);
  CATCH_REQUIRE(Build(folder.path(), 1, 300, 1 << 20, right.get()).ok());
  CATCH_REQUIRE(PublishGeneration(folder.path(), 1).ok());
  const auto generation = OpenCurrent(folder.path(), right.get());
  CATCH_REQUIRE(generation.ok());
  CATCH_CHECK((*generation)->codes().codebook_is_shared());
  CATCH_CHECK((*generation)->codes().code_bytes() == 20);
  CATCH_CHECK(absl::IsFailedPrecondition(OpenCurrent(folder.path(), wrong.get()).status()));
  CATCH_CHECK(absl::IsFailedPrecondition(OpenCurrent(folder.path()).status()));
}

// Hot rows are the most visited; `visits` may be empty.
absl::StatusOr<Manifest> BuildHot(const std::string& folder, const VectorSet& vectors,
                                  uint64_t hot_bytes, std::span<const uint32_t> visits) {
  const std::vector<ChunkId> chunks = Chunks(vectors.size());
  const VectorRows rows(&vectors);
  GenerationInput input{1, "model", "print", chunks, &rows, nullptr, ""};
  input.visits = visits;
  GenerationOptions options;
  options.max_index_bytes = 64'000;
  options.max_hot_bytes = hot_bytes;
  options.graph.threads = options.prune.threads = options.threads = 1;
  return BuildGeneration(GenerationPath(folder, 1), input, options, nullptr, [](uint64_t) {});
}

CATCH_TEST_CASE("The hot cache of a generation holds the most visited, within its own budget") {
  const VectorSet vectors = RandomUnitVectors(500, 1);
  std::vector<uint32_t> visits(500, 0);
  for (uint32_t node = 0; node < 500; node += 7) visits[node] = 1 + node;
  for (const uint64_t budget : {0ULL, 100ULL, 3'000ULL, 10'000ULL, 1'000'000ULL}) {
    const TempFolder folder;
    CATCH_REQUIRE(BuildHot(folder.path(), vectors, budget, visits).status() == absl::OkStatus());
    const auto generation = *Generation::Open(GenerationPath(folder.path(), 1));
    CATCH_CHECK(generation->index_bytes() == *TreeBytes(GenerationPath(folder.path(), 1)));
    const uint32_t rows = HotRowsWithin(budget, kDim, 500);
    CATCH_REQUIRE((generation->hot() == nullptr) == (rows == 0));
    if (rows == 0) continue;
    CATCH_CHECK(generation->hot()->file_bytes() <= budget);
    CATCH_CHECK(generation->hot()->row_count() == rows);
    CATCH_CHECK(generation->index_bytes() - generation->hot()->file_bytes() <= 64'000);
    uint32_t held = 0;
    for (uint32_t node = 0; node < 500; node += 7) {
      const std::span<const uint16_t> row = generation->hot()->Find(NodeId(node));
      held += row.empty() ? 0 : 1;
      for (uint32_t d = 0; d < row.size(); ++d) {
        CATCH_REQUIRE(row[d] == FloatToHalf(vectors.row(node)[d]));
      }
    }
    CATCH_CHECK(held == std::min(rows, 72U));
    generation->ReleasePages();
    CATCH_CHECK((generation->hot()->Find(NodeId(497)).size() == kDim && generation->status().ok()));
  }
  const TempFolder folder;
  const std::vector<uint32_t> wrong(499, 0);
  CATCH_CHECK(absl::IsInvalidArgument(BuildHot(folder.path(), vectors, 10'000, wrong).status()));
}

CATCH_TEST_CASE("A missing or foreign hot cache is data loss that names the file") {
  const TempFolder folder, other;
  CATCH_REQUIRE(BuildHot(folder.path(), RandomUnitVectors(500, 1), 10'000, {}).ok());
  CATCH_REQUIRE(BuildHot(other.path(), RandomUnitVectors(400, 1), 10'000, {}).ok());
  const std::string target = GenerationPath(folder.path(), 1) + "/hot.bin";
  CATCH_REQUIRE(Generation::Open(GenerationPath(folder.path(), 1)).ok());
  std::filesystem::copy_file(GenerationPath(other.path(), 1) + "/hot.bin", target,
                             std::filesystem::copy_options::overwrite_existing);
  const absl::Status foreign = Generation::Open(GenerationPath(folder.path(), 1)).status();
  CATCH_CHECK(absl::IsDataLoss(foreign));
  CATCH_CHECK(foreign.message().find("hot.bin") != std::string::npos);
  std::filesystem::remove(target);
  CATCH_REQUIRE(PublishGeneration(folder.path(), 1).ok());
  CATCH_CHECK(absl::IsDataLoss(OpenCurrent(folder.path()).status()));
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
