#include "core/search/chunk_filter.h"

#include <random>
#include <set>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("ChunkSet equals a std::set under random changes") {
  std::mt19937 random(7);
  ChunkSet set;
  std::set<uint64_t> reference;
  for (int i = 0; i < 20'000; ++i) {
    const ChunkId chunk{1 + random() % 700};
    if (random() % 3 == 0) {
      set.Erase(chunk);
      reference.erase(chunk.value);
    } else {
      set.Insert(chunk);
      reference.insert(chunk.value);
    }
    const ChunkId probe{random() % 900};
    CATCH_REQUIRE(set.Contains(probe) == (reference.count(probe.value) > 0));
    CATCH_REQUIRE(set.size() == reference.size());
  }
  std::vector<uint64_t> values;
  for (const ChunkId chunk : set.ToVector()) values.push_back(chunk.value);
  CATCH_CHECK(values == std::vector<uint64_t>(reference.begin(), reference.end()));
}

CATCH_TEST_CASE("ChunkFilter joins what is denied and what is allowed") {
  auto denied = std::make_shared<ChunkSet>();
  denied->Insert(ChunkId{2});
  auto allowed = std::make_shared<ChunkSet>();
  allowed->Insert(ChunkId{1});
  allowed->Insert(ChunkId{2});

  CATCH_CHECK(ChunkFilter{}.Allows(ChunkId{9}));
  const ChunkFilter only_denied{denied, nullptr};
  CATCH_CHECK(only_denied.Allows(ChunkId{9}));
  CATCH_CHECK_FALSE(only_denied.Allows(ChunkId{2}));
  const ChunkFilter both{denied, allowed};
  CATCH_CHECK(both.Allows(ChunkId{1}));
  CATCH_CHECK_FALSE(both.Allows(ChunkId{2}));
  CATCH_CHECK_FALSE(both.Allows(ChunkId{9}));
}

}  // namespace
}  // namespace seekd
