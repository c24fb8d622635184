// The decisions of one search as a state machine without IO, clocks or threads:
// it says which nodes to recompute next and is shown their exact distances. The
// search drives it with the encoder, the calibration with vectors at hand.
//
// Belongs to one query; not thread-safe.
#ifndef SEEKD_CORE_SEARCH_PLAN_H_
#define SEEKD_CORE_SEARCH_PLAN_H_

#include <cstdint>
#include <vector>

#include "core/base/ids.h"
#include "core/search/scored_node.h"
#include "core/search/search_options.h"

namespace seekd {

struct PlanCounters {
  uint64_t code_distances = 0;
  uint64_t expanded_nodes = 0;  // adjacency lists read
};

class Plan {
 public:
  virtual ~Plan() = default;

  // At most `max_rows` nodes not handed out before, best first; empty when the
  // plan is done. `bound`: squared distance of the k-th best so far, infinity
  // while there are fewer. REQUIRES: max_rows > 0.
  virtual std::vector<NodeId> NextBatch(uint32_t max_rows, float bound) = 0;

  // The exact squared distance of a node of the last batch.
  virtual void Observe(NodeId node, float distance) = 0;
  // A node of the last batch whose embedding is not to be had any more.
  virtual void ObserveMissing(NodeId node) = 0;

  // Nodes that the plan takes for hits without their exact distances: expected squared
  // distances, ascending. Asked for between batches, and at the end.
  virtual std::vector<ScoredNode> Estimates() const { return {}; }

  // Why the last NextBatch was empty: kConverged or kExhausted.
  virtual StopReason stop_reason() const = 0;
  virtual PlanCounters counters() const = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_PLAN_H_
