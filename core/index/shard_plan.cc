#include "core/index/shard_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/vector/distance.h"
#include "core/vector/row_cache.h"
#include "core/vector/row_source.h"

namespace seekd {
namespace {

constexpr uint64_t kMaxSampleRows = 40'000;
// Of the budget at most: the sample is held to the end.
constexpr uint64_t kSampleShare = 8;
constexpr uint32_t kLongestMergeCode = 32;
// Shards fill unevenly; so much more room than members keeps nodes near their centroids.
constexpr double kSlack = 1.25;

}  // namespace

uint32_t MergeCodeBytes(uint32_t dim) { return std::min(dim + 1, kLongestMergeCode); }

absl::StatusOr<ShardPlan> PlanShards(uint64_t rows, uint32_t dim, uint64_t max_embedding_bytes,
                                     uint32_t threads) {
  const uint64_t row_bytes = uint64_t{dim} * sizeof(float);
  const uint64_t block_rows = RowsBeingRead(threads);
  ShardPlan plan;
  plan.sample_rows = static_cast<uint32_t>(std::min(rows, kMaxSampleRows));
  if ((rows + plan.sample_rows + block_rows) * row_bytes <= max_embedding_bytes) {
    plan.capacity = rows;
    return plan;
  }
  const uint64_t budget_rows = max_embedding_bytes / row_bytes;
  plan.sample_rows =
      static_cast<uint32_t>(std::min<uint64_t>(plan.sample_rows, budget_rows / kSampleShare));
  const uint64_t code_rows = (rows * MergeCodeBytes(dim) + row_bytes - 1) / row_bytes;
  const uint64_t fixed_rows = plan.sample_rows + block_rows + code_rows;
  const uint64_t free_rows = budget_rows > fixed_rows ? budget_rows - fixed_rows : 0;
  const double members = kSlack * kShardsPerNode * static_cast<double>(rows);
  const uint64_t least = static_cast<uint64_t>(members / kMaxShards) + 1;
  if (free_rows < least) {
    const uint64_t all = least + block_rows + code_rows;
    return absl::ResourceExhaustedError(absl::StrCat(
        "max_build_bytes leaves ", max_embedding_bytes, "; an index of ", rows, " chunks of ", dim,
        " dimensions takes at least ", all * row_bytes * kSampleShare / (kSampleShare - 1)));
  }
  const uint64_t all_cached = (rows * RowCache::RowBytes(dim) + row_bytes - 1) / row_bytes;
  const uint64_t cache_rows = std::min({all_cached, free_rows / 2, free_rows - least});
  plan.cache_bytes = cache_rows * row_bytes;
  plan.capacity = free_rows - cache_rows;
  plan.shards =
      std::max(2U, static_cast<uint32_t>(members / static_cast<double>(plan.capacity)) + 1);
  return plan;
}

NearestShards FindNearestShards(std::span<const float> centroids, uint32_t shards,
                                std::span<const float> row) {
  std::vector<std::pair<float, uint8_t>> all;
  for (uint32_t s = 0; s < shards; ++s) {
    const float* centroid = centroids.data() + size_t{s} * row.size();
    all.emplace_back(SquaredDistance(centroid, row.data(), row.size()), static_cast<uint8_t>(s));
  }
  NearestShards nearest;
  const size_t count = std::min(nearest.size(), all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end());
  for (size_t i = 0; i < nearest.size(); ++i) nearest[i] = all[std::min(i, count - 1)].second;
  return nearest;
}

std::vector<std::vector<uint32_t>> AssignShards(std::span<const uint32_t> nodes,
                                                std::span<const NearestShards> nearest,
                                                uint32_t shards, uint64_t capacity) {
  std::vector<std::vector<uint32_t>> members(shards);
  const auto try_join = [&](uint32_t shard, uint32_t node) {
    std::vector<uint32_t>& in = members[shard];
    if (in.size() >= capacity || (!in.empty() && in.back() == node)) return false;
    in.push_back(node);
    return true;
  };
  const auto emptier = [](const auto& a, const auto& b) { return a.size() < b.size(); };
  for (const uint32_t node : nodes) {
    uint32_t joined = 0;
    for (size_t i = 0; i < nearest[node].size() && joined < kShardsPerNode; ++i) {
      joined += try_join(nearest[node][i], node) ? 1 : 0;
    }
    while (joined < kShardsPerNode) {
      // Of two equally empty shards the first; a shard that the node is in has grown.
      const auto emptiest = std::min_element(members.begin(), members.end(), emptier);
      auto shard = static_cast<uint32_t>(emptiest - members.begin());
      if (!try_join(shard, node)) {
        for (shard = 0; shard < shards && !try_join(shard, node); ++shard) {
        }
        if (shard == shards) break;  // no room anywhere: one shard has it
      }
      ++joined;
    }
  }
  return members;
}

}  // namespace seekd
