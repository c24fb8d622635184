#include "core/index/hot_choice.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace seekd {

absl::StatusOr<HotPrior> ReadHotPrior(const GraphView& graph, std::span<const uint32_t> visits) {
  const uint32_t nodes = graph.node_count();
  HotPrior prior{std::vector<uint64_t>(nodes, 0), std::vector<uint32_t>(nodes, 0)};
  const auto visits_of = [&](uint32_t node) { return visits.empty() ? 0 : visits[node]; };
  std::vector<NodeId> neighbors;
  for (uint32_t node = 0; node < nodes; ++node) {
    if (!graph.Neighbors(NodeId{node}, &neighbors)) return graph.status();
    for (const NodeId neighbor : neighbors) {
      ++prior.in_degrees[neighbor.value];
      prior.neighbor_visits[neighbor.value] += visits_of(node);
      prior.neighbor_visits[node] += visits_of(neighbor.value);
    }
  }
  return prior;
}

std::vector<uint32_t> ChooseHotNodes(std::span<const uint32_t> visits, const HotPrior& prior,
                                     uint32_t count) {
  std::vector<uint32_t> nodes(prior.in_degrees.size());
  std::iota(nodes.begin(), nodes.end(), 0U);
  const auto rank = [&](uint32_t node) {
    const uint32_t measured = visits.empty() ? 0 : visits[node];
    return std::tuple(~measured, ~prior.neighbor_visits[node], ~prior.in_degrees[node], node);
  };
  const auto end = nodes.begin() + static_cast<ptrdiff_t>(std::min<size_t>(count, nodes.size()));
  std::ranges::nth_element(nodes, end, {}, rank);
  std::sort(nodes.begin(), end);
  nodes.erase(end, nodes.end());
  return nodes;
}

}  // namespace seekd
