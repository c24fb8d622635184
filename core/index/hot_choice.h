// Which nodes the hot cache holds: what searches asked for most, then what lies beside
// that in the graph, then the nodes that most edges lead to.
#ifndef SEEKD_CORE_INDEX_HOT_CHOICE_H_
#define SEEKD_CORE_INDEX_HOT_CHOICE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/graph/graph_view.h"

namespace seekd {

// What the graph tells of the nodes that nobody has asked for yet; [i] belongs to node i.
struct HotPrior {
  std::vector<uint64_t> neighbor_visits;  // of all nodes that an edge joins it with
  std::vector<uint32_t> in_degrees;       // edges that lead to it
};

// visits[i] belongs to node i; empty: nothing was measured. DATA_LOSS.
// REQUIRES: visits is empty or of graph.node_count().
absl::StatusOr<HotPrior> ReadHotPrior(const GraphView& graph, std::span<const uint32_t> visits);

// The best `count` nodes (all, where there are fewer), ascending by id. More visits
// come first; among equals more visits of neighbours, then more edges, then the smaller
// id. Pure. REQUIRES: as above, and a prior of as many nodes.
std::vector<uint32_t> ChooseHotNodes(std::span<const uint32_t> visits, const HotPrior& prior,
                                     uint32_t count);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_HOT_CHOICE_H_
