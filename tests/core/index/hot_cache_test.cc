#include "core/index/hot_cache.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/index/hot_cache_format.h"
#include "core/storage/atomic_file.h"
#include "core/vector/distance.h"
#include "core/vector/half.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

// Component d of the row of a node; a multiple of 1/64, exact in fp16.
float Component(NodeId node, uint32_t d) {
  return static_cast<float>(static_cast<int>((node.value * 37 + d * 11) % 129) - 64) / 64;
}

VectorSet Rows(uint32_t dim, uint32_t nodes) {
  VectorSet rows{dim, {}};
  for (uint32_t node = 0; node < nodes; ++node) {
    for (uint32_t d = 0; d < dim; ++d) rows.values.push_back(Component(NodeId(node), d));
  }
  return rows;
}

// Every `step`-th of `nodes` nodes.
std::vector<uint32_t> Every(uint32_t step, uint32_t nodes) {
  std::vector<uint32_t> hot;
  for (uint32_t node = 0; node < nodes; node += step) hot.push_back(node);
  return hot;
}

uint64_t Write(const std::string& path, uint32_t dim, uint32_t nodes, uint32_t step) {
  const VectorSet vectors = Rows(dim, nodes);
  const auto written = WriteHotCache(path, VectorRows(&vectors), Every(step, nodes), nullptr);
  CATCH_REQUIRE(written.status() == absl::OkStatus());
  return *written;
}

// Opens what may be corrupt and reads all of it. True when anything complained.
bool Complains(const std::string& path) {
  const absl::StatusOr<HotCache> cache = HotCache::Open(path);
  if (!cache.ok()) return true;
  uint32_t found = 0;
  for (uint32_t node = 0; node < std::min(cache->node_count(), 1000U); ++node) {
    found += cache->Find(NodeId(node)).empty() ? 0 : 1;
  }
  return !cache->status().ok();
}

CATCH_TEST_CASE("A hot cache holds the rows it was given, and no others") {
  const TempFolder folder;
  for (const uint32_t dim : {1U, 7U, 256U}) {
    for (const uint32_t nodes : {0U, 1U, 500U}) {
      const uint64_t bytes = Write(folder.File("hot"), dim, nodes, 3);
      const auto cache = HotCache::Open(folder.File("hot"));
      CATCH_REQUIRE(cache.status() == absl::OkStatus());
      CATCH_CHECK(cache->dim() == dim);
      CATCH_CHECK(cache->node_count() == nodes);
      CATCH_CHECK(cache->row_count() == (nodes + 2) / 3);
      CATCH_CHECK(cache->file_bytes() == bytes);
      CATCH_CHECK(bytes == HotCacheFileBytes(dim, cache->row_count()));
      for (uint32_t node = 0; node < nodes + 5; ++node) {
        const std::span<const uint16_t> row = cache->Find(NodeId(node));
        CATCH_REQUIRE(row.empty() == (node % 3 != 0 || node >= nodes));
        for (uint32_t d = 0; d < row.size(); ++d) {
          CATCH_REQUIRE(row[d] == FloatToHalf(Component(NodeId(node), d)));
        }
      }
    }
  }
}

CATCH_TEST_CASE("As many rows as the bytes allow, never more") {
  for (const uint32_t dim : {1U, 33U, 256U}) {
    for (uint64_t bytes = 0; bytes < 400'000; bytes = bytes * 5 / 4 + 37) {
      const uint32_t rows = HotRowsWithin(bytes, dim, 1000);
      CATCH_REQUIRE(rows <= 1000);
      CATCH_REQUIRE((rows == 0 || HotCacheFileBytes(dim, rows) <= bytes));
      CATCH_REQUIRE((rows == 1000 || HotCacheFileBytes(dim, rows + 1) > bytes));
    }
  }
  CATCH_CHECK(HotRowsWithin(UINT64_MAX, 256, 5) == 5);
  CATCH_CHECK(HotRowsWithin(UINT64_MAX, 256, 0) == 0);
}

CATCH_TEST_CASE("A score from the hot cache is off by less than a thousandth") {
  const TempFolder folder;
  constexpr uint32_t kDim = 256;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  VectorSet rows{kDim, std::vector<float>(size_t{200} * kDim)};
  for (float& value : rows.values) value = normal(random);
  for (uint32_t i = 0; i < 200; ++i) NormalizeInPlace(rows.values.data() + i * kDim, kDim);
  CATCH_REQUIRE(WriteHotCache(folder.File("hot"), VectorRows(&rows), Every(1, 200), nullptr).ok());
  const auto cache = HotCache::Open(folder.File("hot"));
  for (uint32_t i = 0; i < 200; ++i) {
    std::vector<float> row(kDim);
    FromHalf(cache->Find(NodeId(i)), row.data());
    for (const uint32_t other : {i, (i + 1) % 200}) {
      const float exact = InnerProduct(rows.row(other), rows.row(i), kDim);
      CATCH_REQUIRE(std::abs(InnerProduct(rows.row(other), row.data(), kDim) - exact) <= 1e-3F);
    }
  }
}

CATCH_TEST_CASE("Nodes out of order or out of range are refused, and a build can be cancelled") {
  const TempFolder folder;
  const VectorSet vectors = Rows(4, 10);
  const VectorSet none;
  const auto cancellation = std::make_shared<Cancellation>();
  const auto status = [&](const VectorSet& rows, const std::vector<uint32_t>& hot) {
    return WriteHotCache(folder.File("hot"), VectorRows(&rows), hot, cancellation).status();
  };
  CATCH_CHECK(status(vectors, {0, 9}).ok());
  CATCH_CHECK(absl::IsInvalidArgument(status(none, {})));
  CATCH_CHECK(absl::IsInvalidArgument(status(vectors, {1, 1})));
  CATCH_CHECK(absl::IsInvalidArgument(status(vectors, {2, 1})));
  CATCH_CHECK(absl::IsInvalidArgument(status(vectors, {10})));
  cancellation->Cancel();
  CATCH_CHECK(absl::IsCancelled(status(vectors, {0, 9})));
}

CATCH_TEST_CASE("Every flipped byte of a hot cache is noticed") {
  const TempFolder folder;
  Write(folder.File("hot"), 6, 40, 2);
  const std::string sound = folder.Read("hot");
  CATCH_REQUIRE_FALSE(Complains(folder.File("hot")));
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string bad = sound;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    CATCH_INFO("byte " << i);
    CATCH_REQUIRE(Complains(folder.Write("bad", bad)));
  }
  for (size_t size = 0; size < sound.size(); size += 7) {
    CATCH_REQUIRE(Complains(folder.Write("bad", sound.substr(0, size))));
  }
}

// As a writer with a bug, or malice, would leave it: wrong content, right CRCs.
CATCH_TEST_CASE("A wrong hot payload under right checksums is harmless") {
  const TempFolder folder;
  Write(folder.File("hot"), 6, 40, 2);
  const auto file = CheckedFile::Open(folder.File("hot"), kHotCacheMagic, kHotCacheVersion);
  CATCH_REQUIRE((*file)->Touch(0, (*file)->bytes().size()));
  const std::string payload(AsString((*file)->bytes()));
  std::mt19937_64 random(4);
  int noticed = 0;
  // Each write syncs, so a sample: all of the header, then the nodes and a few rows.
  for (size_t i = 0; i < 300; ++i) {
    std::string bad = payload;
    bad[i < 64 ? i / 2 : 32 + random() % 100] = static_cast<char>(random());
    if (i >= 250) bad.resize(random() % bad.size());
    CATCH_REQUIRE(
        WriteCheckedFile(folder.File("b"), kHotCacheMagic, kHotCacheVersion, AsBytes(bad)).ok());
    noticed += Complains(folder.File("b"));
  }
  CATCH_CHECK(noticed > 50);
}

CATCH_TEST_CASE("Written block by block, a hot cache is the golden one of version 1") {
  const TempFolder folder;
  Write(folder.File("hot"), 8, 100, 7);
  const char* source = std::getenv("SEEKD_TEST_SOURCE_DIR");
  CATCH_REQUIRE(source != nullptr);
  const auto golden = ReadWholeFile(std::string(source) + "/tests/golden/hot-v1.bin", 1 << 20);
  CATCH_REQUIRE(golden.ok());
  CATCH_CHECK((*ReadWholeFile(folder.File("hot"), 1 << 20) == *golden));
}

CATCH_TEST_CASE("The golden hot cache of version 1 reads as it always did") {
  const char* source = std::getenv("SEEKD_TEST_SOURCE_DIR");
  CATCH_REQUIRE(source != nullptr);
  const auto cache = HotCache::Open(std::string(source) + "/tests/golden/hot-v1.bin");
  CATCH_REQUIRE(cache.status() == absl::OkStatus());
  CATCH_CHECK(cache->dim() == 8);
  CATCH_CHECK(cache->node_count() == 100);
  CATCH_CHECK(cache->row_count() == 15);
  for (uint32_t node = 0; node < 100; ++node) {
    const std::span<const uint16_t> row = cache->Find(NodeId(node));
    CATCH_REQUIRE(row.empty() == (node % 7 != 0));
    for (uint32_t d = 0; d < row.size(); ++d) {
      CATCH_REQUIRE(row[d] == FloatToHalf(Component(NodeId(node), d)));
    }
  }
}

}  // namespace
}  // namespace seekd
