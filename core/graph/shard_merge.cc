#include "core/graph/shard_merge.h"

#include <algorithm>
#include <utility>

#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/graph/entry_points.h"
#include "core/graph/hubs.h"
#include "core/graph/link_table.h"
#include "core/graph/neighbor_selection.h"
#include "core/graph/reachability.h"

namespace seekd {
namespace {

constexpr uint64_t kNodesPerGrain = 4096;

std::vector<uint32_t> SumDegrees(std::span<const ShardView> shards, uint32_t nodes) {
  std::vector<uint32_t> degrees(nodes, 0);
  for (const ShardView& shard : shards) {
    for (size_t i = 0; i < shard.members().size(); ++i) {
      degrees[shard.members()[i]] += shard.degrees()[i];
    }
  }
  return degrees;
}

// Walks all shards at once, in node order.
class Cursors {
 public:
  // Ready for nodes from `first` on.
  Cursors(std::span<const ShardView> shards, uint32_t first) : shards_(shards) {
    for (const ShardView& shard : shards) {
      const auto members = shard.members();
      at_.push_back(static_cast<size_t>(std::lower_bound(members.begin(), members.end(), first) -
                                        members.begin()));
    }
  }

  // What all shards know of `node`, ascending by distance; none when none has it.
  // REQUIRES: `node` is larger than the last time.
  std::vector<Candidate> Candidates(uint32_t node) {
    std::vector<Candidate> all;
    for (size_t s = 0; s < shards_.size(); ++s) {
      const auto members = shards_[s].members();
      if (at_[s] == members.size() || members[at_[s]] != node) continue;
      const auto some = shards_[s].candidates(at_[s]++);
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

 private:
  std::span<const ShardView> shards_;
  std::vector<size_t> at_;
};

}  // namespace

absl::StatusOr<Adjacency> MergeShards(std::span<const ShardView> shards,
                                      const PairDistances& distances,
                                      const DuplicateGroups& duplicates,
                                      std::span<const uint32_t> entries,
                                      const PruneOptions& options,
                                      const CancellationPtr& cancellation) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  const std::vector<uint32_t> degrees = SumDegrees(shards, distances.size());
  const std::vector<bool> is_hub = FindHubs(degrees, options.hub_share);
  LinkTable table(distances, options.hub_degree);
  ABSL_RETURN_IF_ERROR(ParallelFor(
      distances.size(), {options.threads, kNodesPerGrain, cancellation, {}},
      [&](uint32_t, uint64_t begin, uint64_t end) {
        Cursors cursors(shards, static_cast<uint32_t>(begin));
        for (auto node = static_cast<uint32_t>(begin); node < end; ++node) {
          const uint32_t limit = is_hub[node] ? options.hub_degree : options.degree;
          table.Connect(node, SelectNeighbors(distances, cursors.Candidates(node), limit));
        }
      }));
  Adjacency graph{.lists = table.Release()};
  for (const uint32_t entry : entries) graph.entry_points.emplace_back(entry);
  const std::vector<uint32_t> hubs = HubsNear(graph, degrees);
  graph.entry_points.clear();
  for (const uint32_t hub : hubs) graph.entry_points.emplace_back(hub);
  AttachDuplicates(duplicates, options.hub_degree, &graph);
  ConnectUnreachable(distances, options.hub_degree, &graph);
  return graph;
}

}  // namespace seekd
