#include "core/index/hot_cache.h"

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/index/hot_cache_format.h"
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

absl::Status FillRow(NodeId node, std::span<float> row) {
  for (uint32_t d = 0; d < row.size(); ++d) row[d] = Component(node, d);
  return absl::OkStatus();
}

// Every `step`-th of `nodes` nodes.
std::vector<NodeId> Every(uint32_t step, uint32_t nodes) {
  std::vector<NodeId> hot;
  for (uint32_t node = 0; node < nodes; node += step) hot.emplace_back(node);
  return hot;
}

uint64_t Write(const std::string& path, uint32_t dim, uint32_t nodes, uint32_t step) {
  const auto written = WriteHotCache(path, dim, nodes, Every(step, nodes), FillRow);
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
  const auto unit = [&] {
    std::vector<float> v(kDim);
    for (float& x : v) x = normal(random);
    NormalizeInPlace(v.data(), kDim);
    return v;
  };
  std::vector<std::vector<float>> rows;
  for (int i = 0; i < 200; ++i) rows.push_back(unit());
  const auto fill = [&](NodeId node, std::span<float> row) {
    std::ranges::copy(rows[node.value], row.begin());
    return absl::OkStatus();
  };
  CATCH_REQUIRE(WriteHotCache(folder.File("hot"), kDim, 200, Every(1, 200), fill).ok());
  const auto cache = HotCache::Open(folder.File("hot"));
  for (uint32_t i = 0; i < 200; ++i) {
    std::vector<float> row(kDim);
    FromHalf(cache->Find(NodeId(i)), row.data());
    const std::vector<float> query = i % 2 == 0 ? unit() : rows[i];
    CATCH_REQUIRE(std::abs(InnerProduct(query.data(), row.data(), kDim) -
                           InnerProduct(query.data(), rows[i].data(), kDim)) <= 1e-3F);
  }
}

CATCH_TEST_CASE("Nodes out of order or out of range are refused, errors of a row handed on") {
  const TempFolder folder;
  const auto status = [&](uint32_t dim, const std::vector<NodeId>& hot) {
    return WriteHotCache(folder.File("hot"), dim, 10, hot, FillRow).status();
  };
  CATCH_CHECK(status(4, {NodeId(0), NodeId(9)}).ok());
  CATCH_CHECK(absl::IsInvalidArgument(status(0, {})));
  CATCH_CHECK(absl::IsInvalidArgument(status(4, {NodeId(1), NodeId(1)})));
  CATCH_CHECK(absl::IsInvalidArgument(status(4, {NodeId(2), NodeId(1)})));
  CATCH_CHECK(absl::IsInvalidArgument(status(4, {NodeId(10)})));
  const auto fail = [](NodeId, std::span<float>) { return absl::CancelledError("stop"); };
  const std::vector<NodeId> one = {NodeId(0)};
  CATCH_CHECK(absl::IsCancelled(WriteHotCache(folder.File("x"), 4, 10, one, fail).status()));
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
