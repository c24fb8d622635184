// How a build that may not hold all embeddings at once is cut into shards: every node
// joins the two whose centroids are nearest (LEANN section 4.3), so that shards overlap
// and their union is one graph. Pure functions.
#ifndef SEEKD_CORE_INDEX_SHARD_PLAN_H_
#define SEEKD_CORE_INDEX_SHARD_PLAN_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd {

inline constexpr uint32_t kMaxShards = 256;
inline constexpr uint32_t kShardsPerNode = 2;

struct ShardPlan {
  uint32_t shards = 1;       // 1: all vectors are held
  uint32_t sample_rows = 0;  // for codebook and centroids
  uint64_t capacity = 0;     // rows of the largest shard
  uint64_t cache_bytes = 0;  // for rows that would otherwise be recomputed for each pass
};

// One shard when `rows` vectors fit into `max_embedding_bytes`, with `threads` threads
// reading. Otherwise half of what sample, working codes and reading leave is a cache, less
// where that holds all rows, and the rest the largest shard: a row that is kept spares four
// recomputations, a larger shard none. RESOURCE_EXHAUSTED says how much would do.
absl::StatusOr<ShardPlan> PlanShards(uint64_t rows, uint32_t dim, uint64_t max_embedding_bytes,
                                     uint32_t threads);

// Bytes of the working code that stands for a vector where shards are merged.
uint32_t MergeCodeBytes(uint32_t dim);

// The shards nearest to a node, nearest first.
using NearestShards = std::array<uint8_t, 4>;

// The nearest of `shards` centroids (row after row) to `row`; with fewer than four the
// last is repeated.
NearestShards FindNearestShards(std::span<const float> centroids, uint32_t shards,
                                std::span<const float> row);

// Members of each shard, ascending. Every node of `nodes` (ascending) joins two: the
// nearest with room, of nearest[node], else the emptiest; the last nodes join one where
// there is no room for more. REQUIRES: 2 <= shards, shards * capacity >= 2 * nodes.size().
std::vector<std::vector<uint32_t>> AssignShards(std::span<const uint32_t> nodes,
                                                std::span<const NearestShards> nearest,
                                                uint32_t shards, uint64_t capacity);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_SHARD_PLAN_H_
