#include "core/graph/shard_merge.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/graph/reachability.h"
#include "core/vector/row_source.h"
#include "tests/core/graph/exact_search.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

constexpr PruneOptions kPrune{.hub_degree = 24, .degree = 6, .threads = 2};

// Shards of `vectors` with the given members, opened from files.
std::vector<ShardView> Shards(const TempFolder& folder, const VectorSet& vectors,
                              const std::vector<std::vector<uint32_t>>& members) {
  std::vector<ShardView> views;
  for (size_t s = 0; s < members.size(); ++s) {
    const auto rows = ReadRows(VectorRows(&vectors), members[s], {});
    const auto links = BuildShard(members[s], *rows, {.threads = 2}, kPrune, nullptr, {});
    CATCH_REQUIRE(links.ok());
    const std::string path = folder.File("shard-" + std::to_string(s));
    CATCH_REQUIRE(WriteShard(path, *links).ok());
    views.push_back(*ShardView::Open(path, vectors.size()));
  }
  return views;
}

absl::StatusOr<Adjacency> Merge(const VectorSet& vectors, std::span<const ShardView> shards,
                                const CancellationPtr& cancellation = nullptr) {
  const VectorDistances distances(vectors);
  const std::vector<uint32_t> entries = {0, 5};
  return MergeShards(shards, distances, FindDuplicates(vectors), entries, kPrune, cancellation);
}

// Each node in two of `count` shards, neighbours in id together.
std::vector<std::vector<uint32_t>> Overlapping(std::span<const uint32_t> nodes, uint32_t count) {
  std::vector<std::vector<uint32_t>> members(count);
  for (const uint32_t node : nodes) {
    members[node % count].push_back(node);
    members[(node / count + 1 + node) % count == node % count ? (node + 1) % count
                                                              : (node / count + 1 + node) % count]
        .push_back(node);
  }
  return members;
}

CATCH_TEST_CASE("merged shards are searched nearly as well as the graph built at once") {
  VectorSet vectors = testing::ClusteredVectors(3200, 24, 40, 3);
  const VectorSet queries = testing::TakeLast(200, &vectors);
  const auto full = BuildGraph(vectors, {.threads = 2}, nullptr, {});
  const auto whole = PruneGraph(vectors, *full, kPrune, nullptr, {});
  const TempFolder folder;
  const auto shards =
      Shards(folder, vectors, Overlapping(FindDuplicates(vectors).representatives, 4));
  const auto merged = Merge(vectors, shards);
  CATCH_REQUIRE(merged.ok());
  CATCH_CHECK(CountUnreachable(*merged) == 0);
  const double at_once = testing::RecallAt3(vectors, queries, *whole, 64);
  const double in_shards = testing::RecallAt3(vectors, queries, *merged, 64);
  CATCH_CAPTURE(at_once, in_shards, whole->edge_count(), merged->edge_count());
  CATCH_CHECK(at_once > 0.9);
  CATCH_CHECK(in_shards > at_once - 0.05);
  CATCH_CHECK(merged->edge_count() < whole->edge_count() * 1.3);
  for (const auto& list : merged->lists) CATCH_REQUIRE(list.size() <= kPrune.hub_degree + 1);
}

CATCH_TEST_CASE("duplicates hang below their representative and are reached") {
  VectorSet vectors = testing::ClusteredVectors(300, 8, 5, 4);
  for (uint32_t copy = 0; copy < 20; ++copy) {
    const std::vector<float> row(vectors.row(7), vectors.row(7) + 8);
    vectors.values.insert(vectors.values.end(), row.begin(), row.end());
  }
  const TempFolder folder;
  const auto shards =
      Shards(folder, vectors, Overlapping(FindDuplicates(vectors).representatives, 3));
  const auto merged = Merge(vectors, shards);
  CATCH_REQUIRE(merged.ok());
  CATCH_CHECK(CountUnreachable(*merged) == 0);
  for (uint32_t node = 300; node < 320; ++node) CATCH_CHECK(!merged->lists[node].empty());
}

CATCH_TEST_CASE("a node that only one shard knows, a shard without members") {
  const VectorSet vectors = testing::ClusteredVectors(60, 8, 2, 5);
  std::vector<uint32_t> all;
  for (uint32_t i = 0; i < 60; ++i) all.push_back(i);
  const TempFolder folder;
  const auto merged = Merge(vectors, Shards(folder, vectors, {all, {}}));
  CATCH_REQUIRE(merged.ok());
  CATCH_CHECK(CountUnreachable(*merged) == 0);
}

CATCH_TEST_CASE("a withdrawn merge ends as cancelled") {
  const VectorSet vectors = testing::ClusteredVectors(60, 8, 2, 5);
  const TempFolder folder;
  const auto shards = Shards(folder, vectors, {{0, 5, 9}, {5, 9}});
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  CATCH_CHECK(absl::IsCancelled(Merge(vectors, shards, cancellation).status()));
}

}  // namespace
}  // namespace seekd
