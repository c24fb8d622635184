#include "core/search/candidates.h"

#include "core/search/frontier.h"
#include "core/search/node_set.h"

namespace seekd {

std::vector<ScoredNode> GatherByBeam(const GraphView& graph, size_t width, CodeScorer* scorer,
                                     uint64_t* expanded) {
  Frontier frontier(width);
  NodeSet seen(graph.node_count());
  std::vector<NodeId> nodes = graph.entry_points();
  std::vector<ScoredNode> scored;
  for (;;) {
    std::erase_if(nodes, [&seen](NodeId node) { return !seen.Insert(node); });
    scorer->Score(nodes, &scored);
    for (const ScoredNode& candidate : scored) frontier.Insert(candidate);
    const auto closest = frontier.TakeClosest();
    if (!closest) return frontier.ToVector();
    graph.Neighbors(closest->node, &nodes);
    ++*expanded;
  }
}

}  // namespace seekd
