#include "core/index/hot_choice.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace seekd {

absl::StatusOr<std::vector<uint32_t>> InDegrees(const GraphView& graph) {
  std::vector<uint32_t> degrees(graph.node_count(), 0);
  std::vector<NodeId> neighbors;
  for (uint32_t node = 0; node < graph.node_count(); ++node) {
    if (!graph.Neighbors(NodeId{node}, &neighbors)) return graph.status();
    for (const NodeId neighbor : neighbors) ++degrees[neighbor.value];
  }
  return degrees;
}

std::vector<uint32_t> ChooseHotNodes(std::span<const uint32_t> visits,
                                     std::span<const uint32_t> in_degrees, uint32_t count) {
  std::vector<uint32_t> nodes(in_degrees.size());
  std::iota(nodes.begin(), nodes.end(), 0U);
  const auto rank = [&](uint32_t node) {
    const uint32_t measured = visits.empty() ? 0 : visits[node];
    return std::tuple(~measured, ~in_degrees[node], node);
  };
  const auto end = nodes.begin() + static_cast<ptrdiff_t>(std::min<size_t>(count, nodes.size()));
  std::ranges::nth_element(nodes, end, {}, rank);
  std::sort(nodes.begin(), end);
  nodes.erase(end, nodes.end());
  return nodes;
}

}  // namespace seekd
