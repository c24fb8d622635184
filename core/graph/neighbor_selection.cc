#include "core/graph/neighbor_selection.h"

#include <algorithm>

namespace seekd {

std::vector<uint32_t> SelectNeighbors(const PairDistances& distances,
                                      std::span<const Candidate> candidates, uint32_t limit) {
  std::vector<uint32_t> kept;
  kept.reserve(std::min<size_t>(limit, candidates.size()));
  for (const Candidate& x : candidates) {
    if (kept.size() >= limit) break;
    const bool hidden = std::any_of(kept.begin(), kept.end(), [&](uint32_t y) {
      return kHidingMargin * distances.Between(x.node, y) < x.distance;
    });
    if (!hidden) kept.push_back(x.node);
  }
  return kept;
}

std::vector<uint32_t> SelectNeighbors(const PairDistances& distances, uint32_t node,
                                      std::span<const uint32_t> ids, uint32_t limit) {
  std::vector<Candidate> candidates;
  candidates.reserve(ids.size());
  for (const uint32_t id : ids) {
    candidates.push_back({distances.Between(node, id), id});
  }
  std::sort(candidates.begin(), candidates.end());
  return SelectNeighbors(distances, candidates, limit);
}

}  // namespace seekd
