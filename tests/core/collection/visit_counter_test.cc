#include "core/collection/visit_counter.h"

#include <limits>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Visits are counted per chunk and come back in order") {
  VisitCounter counter;
  std::map<uint64_t, uint32_t> expected;
  std::mt19937 random(1);
  for (int call = 0; call < 100; ++call) {
    std::vector<ChunkId> chunks;
    for (uint32_t i = 0; i < 1 + random() % 30; ++i) chunks.emplace_back(1 + random() % 200);
    for (const ChunkId chunk : chunks) ++expected[chunk.value];
    counter.Add(chunks);
  }
  std::vector<ChunkVisits> all;
  for (const auto& [chunk, visits] : expected) all.push_back({ChunkId(chunk), visits});
  CATCH_CHECK(counter.ToVector() == all);
  const std::vector<ChunkId> asked = {ChunkId(5), ChunkId(1000), ChunkId(7)};
  CATCH_CHECK(counter.Of(asked) == std::vector<uint32_t>{expected[5], 0, expected[7]});

  const std::vector<ChunkId> kept = {ChunkId(5), ChunkId(1000)};
  counter.Retain(kept);
  CATCH_CHECK(counter.ToVector() == std::vector<ChunkVisits>{{ChunkId(5), expected[5]}});
}

CATCH_TEST_CASE("Counts of an earlier session are added and never wrap") {
  VisitCounter counter;
  constexpr uint32_t kMax = std::numeric_limits<uint32_t>::max();
  const std::vector<ChunkVisits> before = {{ChunkId(1), kMax - 1}, {ChunkId(2), 3}};
  counter.Add(before);
  const std::vector<ChunkId> both = {ChunkId(1), ChunkId(2)};
  for (int i = 0; i < 3; ++i) counter.Add(both);
  CATCH_CHECK(counter.ToVector() == std::vector<ChunkVisits>{{ChunkId(1), kMax}, {ChunkId(2), 6}});
}

CATCH_TEST_CASE("Memory is bounded and the often visited outlive the rest") {
  constexpr size_t kMax = 100;
  VisitCounter counter(kMax);
  std::vector<ChunkId> often;
  for (uint64_t i = 1; i <= 10; ++i) often.emplace_back(i);
  for (uint64_t i = 1000; i < 3000; ++i) {
    const std::vector<ChunkId> once = {ChunkId(i)};
    counter.Add(once);
    counter.Add(often);
    CATCH_REQUIRE(counter.ToVector().size() <= kMax);
  }
  for (const uint32_t visits : counter.Of(often)) CATCH_CHECK(visits > 20);
}

CATCH_TEST_CASE("Many threads lose no visit") {
  VisitCounter counter;
  const std::vector<ChunkId> chunks = {ChunkId(1), ChunkId(2)};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) counter.Add(chunks);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CATCH_CHECK(counter.Of(chunks) == std::vector<uint32_t>{4000, 4000});
}

}  // namespace
}  // namespace seekd
