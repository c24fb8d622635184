// Merges the shards of a graph: LEANN Algorithm 3 over the union of what the shards
// know of a node. Where the paper drops links at random, the RNG rule decides, by
// estimated distances: the vectors are gone by then.
#ifndef SEEKD_CORE_GRAPH_SHARD_MERGE_H_
#define SEEKD_CORE_GRAPH_SHARD_MERGE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/graph/adjacency.h"
#include "core/graph/builder.h"
#include "core/graph/duplicates.h"
#include "core/graph/shard_links.h"
#include "core/vector/pair_distances.h"

namespace seekd {

// Every representative is a member of a shard, no other node is. `entries`: where
// searches may begin, representatives; the hubs near them do. Hubs are told by the
// sum of the degrees within the shards. Every node is reachable. CANCELLED.
absl::StatusOr<Adjacency> MergeShards(std::span<const ShardView> shards,
                                      const PairDistances& distances,
                                      const DuplicateGroups& duplicates,
                                      std::span<const uint32_t> entries,
                                      const PruneOptions& options,
                                      const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_SHARD_MERGE_H_
