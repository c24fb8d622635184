// Which nodes the hot cache holds: what searches asked for most, and, where there
// is no measurement to go by, the nodes that most edges lead to.
#ifndef SEEKD_CORE_INDEX_HOT_CHOICE_H_
#define SEEKD_CORE_INDEX_HOT_CHOICE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/graph/graph_view.h"

namespace seekd {

// result[i]: edges that lead to node i. DATA_LOSS.
absl::StatusOr<std::vector<uint32_t>> InDegrees(const GraphView& graph);

// The best `count` nodes (all, where there are fewer), ascending by id. More visits
// come first; among equals more edges, then the smaller id. visits[i] and
// in_degrees[i] belong to node i; empty `visits`: nothing was measured. Pure.
// REQUIRES: visits is empty or as long as in_degrees.
std::vector<uint32_t> ChooseHotNodes(std::span<const uint32_t> visits,
                                     std::span<const uint32_t> in_degrees, uint32_t count);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_HOT_CHOICE_H_
