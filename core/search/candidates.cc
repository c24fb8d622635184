#include "core/search/candidates.h"

#include "core/search/frontier.h"
#include "core/search/node_set.h"

namespace seekd {

namespace {

// Of the sample.
constexpr size_t kSeeds = 32;

std::vector<NodeId> Seeds(const GraphView& graph, CodeScorer* scorer) {
  std::vector<NodeId> seeds;
  for (uint32_t node = 0; node < graph.node_count(); node += kSampleShare) {
    seeds.push_back(NodeId{node});
  }
  const std::vector<ScoredNode> best = scorer->ScanNodes(seeds, kSeeds);
  seeds = graph.entry_points();
  for (const ScoredNode& seed : best) seeds.push_back(seed.node);
  return seeds;
}

}  // namespace

std::vector<ScoredNode> GatherByBeam(const GraphView& graph, size_t width, CodeScorer* scorer,
                                     uint64_t* expanded) {
  Frontier frontier(width);
  NodeSet seen(graph.node_count());
  std::vector<NodeId> nodes = Seeds(graph, scorer);
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
