// First stage of the `frugal` strategy: which nodes are worth a recomputation.
#ifndef SEEKD_CORE_SEARCH_CANDIDATES_H_
#define SEEKD_CORE_SEARCH_CANDIDATES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/graph/graph_view.h"
#include "core/search/code_scorer.h"
#include "core/search/scored_node.h"

namespace seekd {

// A narrow walk from a few entry points does not reach every region of a sparse graph. One
// code in kSampleShare is looked at first, and the walk begins at the best of these, too.
inline constexpr uint32_t kSampleShare = 16;

// Best-first search of the graph by code distances (LEANN Algorithm 1 with codes in
// place of exact distances) from the graph's entry points and from the closest of a
// sample of all nodes: the `width` closest nodes met, ascending. Adds the adjacency lists read to
// *expanded. Corrupt lists are skipped; graph.status() tells. REQUIRES: width > 0.
std::vector<ScoredNode> GatherByBeam(const GraphView& graph, size_t width, CodeScorer* scorer,
                                     uint64_t* expanded);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_CANDIDATES_H_
