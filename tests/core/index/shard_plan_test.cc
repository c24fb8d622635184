#include "core/index/shard_plan.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "core/vector/distance.h"
#include "core/vector/row_cache.h"
#include "core/vector/row_source.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint64_t kMiB = 1 << 20;

CATCH_TEST_CASE("one shard while everything fits, then as few as keep the budget") {
  CATCH_CHECK(PlanShards(100'000, 256, 256 * kMiB, 2)->shards == 1);
  uint32_t previous = 1;
  for (const uint64_t mib : {400ULL, 256ULL, 128ULL, 64ULL, 48ULL}) {
    const auto plan = PlanShards(458'815, 256, mib * kMiB, 2);
    CATCH_REQUIRE(plan.ok());
    CATCH_INFO(mib << " MiB: " << plan->shards << " shards of " << plan->capacity);
    CATCH_CHECK(plan->shards > previous);
    previous = plan->shards;
    const uint64_t held = (plan->sample_rows + plan->capacity + RowsBeingRead(2)) * 1024 +
                          plan->cache_bytes + uint64_t{458'815} * MergeCodeBytes(256);
    CATCH_CHECK(held <= mib * kMiB);
    CATCH_CHECK(held > mib * kMiB - 4096);
    CATCH_CHECK(plan->cache_bytes >= plan->capacity * 1024 - 1024);
    CATCH_CHECK(plan->capacity * plan->shards >= 2 * 458'815);
  }
}

CATCH_TEST_CASE("no larger cache than all rows take, and none that costs too many shards") {
  const auto roomy = PlanShards(100'000, 256, 118 * kMiB, 2);
  CATCH_REQUIRE(roomy.ok());
  CATCH_CHECK(roomy->shards > 1);
  CATCH_CHECK(roomy->cache_bytes >= 100'000 * RowCache::RowBytes(256));
  CATCH_CHECK(roomy->cache_bytes < 100'000 * RowCache::RowBytes(256) + 1024);
  for (uint64_t bytes = 100 * kMiB; bytes > kMiB; bytes = bytes * 9 / 10) {
    const auto plan = PlanShards(1'000'000, 64, bytes, 2);
    if (!plan.ok()) {
      CATCH_CHECK(bytes < 40 * kMiB);
      return;
    }
    CATCH_CHECK(plan->shards <= kMaxShards);
    CATCH_CHECK(static_cast<double>(plan->capacity) * plan->shards >= 2'500'000);
  }
}

CATCH_TEST_CASE("sixty million chunks are planned; a hopeless budget says what would do") {
  const auto plan = PlanShards(60'000'000, 768, uint64_t{8} << 30, 8);
  CATCH_REQUIRE(plan.ok());
  CATCH_CHECK(plan->shards <= kMaxShards);
  const auto hopeless = PlanShards(60'000'000, 768, 64 * kMiB, 8);
  CATCH_REQUIRE(absl::IsResourceExhausted(hopeless.status()));
  const std::string message(hopeless.status().message());
  const uint64_t least = std::stoull(message.substr(message.rfind(' ')));
  CATCH_CHECK(PlanShards(60'000'000, 768, least + kMiB, 8).ok());
}

CATCH_TEST_CASE("no rows, no dimensions to speak of") {
  CATCH_CHECK(PlanShards(0, 256, kMiB, 1)->shards == 1);
  CATCH_CHECK(MergeCodeBytes(3) == 4);
}

CATCH_TEST_CASE("the nearest shards are the nearest") {
  const VectorSet centroids = testing::ClusteredVectors(9, 8, 9, 1);
  const VectorSet rows = testing::ClusteredVectors(50, 8, 9, 2);
  for (uint32_t i = 0; i < 50; ++i) {
    const auto nearest = FindNearestShards(centroids.values, 9, {rows.row(i), 8});
    std::vector<uint32_t> order(9);
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return SquaredDistance(rows.row(i), centroids.row(a), 8) <
             SquaredDistance(rows.row(i), centroids.row(b), 8);
    });
    CATCH_REQUIRE(std::equal(nearest.begin(), nearest.end(), order.begin()));
  }
  const auto of_two = FindNearestShards(std::span(centroids.values).first(16), 2, {rows.row(0), 8});
  CATCH_CHECK(of_two[0] != of_two[1]);
  CATCH_CHECK(of_two[2] == of_two[1]);
}

CATCH_TEST_CASE("every node joins two shards, the nearest with room; none overflows") {
  std::mt19937 random(7);
  for (const uint32_t shards : {2U, 3U, 15U}) {
    for (const bool roomy : {false, true}) {
      std::vector<uint32_t> nodes;
      std::vector<NearestShards> nearest(500);
      for (uint32_t i = 0; i < 500; ++i) {
        if (i % 5 != 0) nodes.push_back(i);
        // Crowded: most want the first shards.
        for (uint8_t& shard : nearest[i]) {
          shard = static_cast<uint8_t>(std::min(random() % shards, random() % shards));
        }
      }
      const uint64_t even = (2 * nodes.size() + shards - 1) / shards;
      const uint64_t capacity = roomy ? even * 5 / 4 : even;
      const auto members = AssignShards(nodes, nearest, shards, capacity);
      std::vector<uint32_t> joined(500, 0);
      uint64_t alone = 0;
      for (const auto& shard : members) {
        CATCH_REQUIRE(shard.size() <= capacity);
        CATCH_REQUIRE(std::adjacent_find(shard.begin(), shard.end(), std::greater_equal<>()) ==
                      shard.end());
        for (const uint32_t node : shard) ++joined[node];
      }
      for (const uint32_t node : nodes) {
        CATCH_REQUIRE(joined[node] >= 1);
        alone += joined[node] == 1 ? 1 : 0;
      }
      CATCH_CHECK(alone <= (roomy ? 0 : nodes.size() / 5));
    }
  }
}

}  // namespace
}  // namespace seekd
