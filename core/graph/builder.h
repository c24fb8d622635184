// Multi-threaded proximity-graph construction: a flat (one-level) graph by
// insertion, neighbours selected by the RNG rule, back-links added (LEANN App. A;
// Munyampirwa et al. 2024: hubs make the hierarchy needless).
#ifndef SEEKD_CORE_GRAPH_BUILDER_H_
#define SEEKD_CORE_GRAPH_BUILDER_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/graph/adjacency.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct GraphBuildOptions {
  // Behaviour.
  uint32_t max_degree = 32;       // cap M of the full graph
  uint32_t ef_construction = 96;  // search width per insertion
  uint64_t seed = 1;              // with threads == 1 the graph is a function of it
  // Performance.
  uint32_t threads = 0;  // 0: hardware concurrency

  absl::Status Validate() const;
};

// LEANN Algorithm 3.
struct PruneOptions {
  uint32_t hub_degree = 30;       // M: cap of hubs and of back-links
  uint32_t degree = 5;            // m < M: links an ordinary node selects
  float hub_share = 0.03F;        // beta: share of nodes, by degree, that are hubs
  uint32_t ef_construction = 64;  // efC of the re-insertion search
  uint32_t threads = 0;

  absl::Status Validate() const;
};

// Called now and then from a worker thread with nodes done, of `2 * nodes` in
// all for Build + Prune; monotone.
using GraphProgress = std::function<void(uint64_t done)>;

absl::StatusOr<Adjacency> BuildGraph(const VectorSet& vectors, const GraphBuildOptions& options,
                                     const CancellationPtr& cancellation,
                                     const GraphProgress& progress);

// High-degree preserving pruning of `graph`. Every node stays reachable from the
// entry points.
absl::StatusOr<Adjacency> PruneGraph(const VectorSet& vectors, const Adjacency& graph,
                                     const PruneOptions& options,
                                     const CancellationPtr& cancellation,
                                     const GraphProgress& progress);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_BUILDER_H_
