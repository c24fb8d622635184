// A graph over more vectors than may be held at once (LEANN section 4.3): each shard's
// members are read, linked and dropped, then the shards are merged.
#ifndef SEEKD_CORE_INDEX_SHARDED_GRAPH_H_
#define SEEKD_CORE_INDEX_SHARDED_GRAPH_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/digest.h"
#include "core/codes/codes.h"
#include "core/graph/adjacency.h"
#include "core/graph/builder.h"
#include "core/graph/duplicates.h"
#include "core/index/shard_plan.h"
#include "core/vector/row_source.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct ShardedGraphOptions {
  ShardPlan plan;
  GraphBuildOptions graph;
  PruneOptions prune;
  // Ablation: members drawn at random instead of by their nearest centroids.
  bool random_shards = false;
};

class ShardedGraph {
 public:
  // Trains centroids and working codes on `sample` (sample_rows[i] is node of row i),
  // for `nodes` nodes. REQUIRES: plan.shards > 1.
  static absl::StatusOr<ShardedGraph> Create(const VectorSet& sample,
                                             std::vector<uint32_t> sample_rows, uint32_t nodes,
                                             const ShardedGraphOptions& options,
                                             const CancellationPtr& cancellation);

  // First pass: every row once, in blocks; any thread may call.
  void Visit(uint32_t first, const VectorSet& block);

  // Builds shard after shard, writing each into `folder`, and merges them. A shard of the
  // same members that stands there already, from a build that was interrupted, is not
  // built again. `progress` counts members, about two for each node.
  absl::StatusOr<Adjacency> Build(const RowSource& rows, const std::string& folder,
                                  const CancellationPtr& cancellation,
                                  const GraphProgress& progress);

  // Rows of the largest shard; known after Build.
  uint64_t largest_shard() const { return largest_shard_; }

 private:
  ShardedGraph(uint32_t nodes, const ShardedGraphOptions& options);
  std::vector<std::vector<uint32_t>> Members(std::span<const uint32_t> nodes) const;
  absl::Status BuildShards(const std::vector<std::vector<uint32_t>>& members, const RowSource& rows,
                           const std::string& folder, const CancellationPtr& cancellation,
                           const GraphProgress& progress);
  // Of the sample, each the first of its duplicates.
  std::vector<uint32_t> Entries(const DuplicateGroups& duplicates) const;

  ShardedGraphOptions options_;
  std::vector<float> centroids_;
  Codebook codebook_;
  std::unique_ptr<const VectorEncoder> encoder_;
  float code_error_ = 0;
  std::vector<uint32_t> entries_;  // chosen from the sample
  // By node, filled by Visit.
  std::vector<Digest> digests_;
  std::vector<NearestShards> nearest_;
  std::vector<uint8_t> codes_;
  uint64_t largest_shard_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_SHARDED_GRAPH_H_
