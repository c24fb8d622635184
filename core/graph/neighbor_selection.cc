#include "core/graph/neighbor_selection.h"

#include <algorithm>

#include "core/vector/distance.h"

namespace seekd {

std::vector<uint32_t> SelectNeighbors(const VectorSet& vectors,
                                      std::span<const Candidate> candidates, uint32_t limit) {
  std::vector<uint32_t> kept;
  kept.reserve(std::min<size_t>(limit, candidates.size()));
  for (const Candidate& x : candidates) {
    if (kept.size() >= limit) break;
    const bool hidden = std::any_of(kept.begin(), kept.end(), [&](uint32_t y) {
      const float between = SquaredDistance(vectors.row(x.node), vectors.row(y), vectors.dim);
      return kHidingMargin * between < x.distance;
    });
    if (!hidden) kept.push_back(x.node);
  }
  return kept;
}

std::vector<uint32_t> SelectNeighbors(const VectorSet& vectors, uint32_t node,
                                      std::span<const uint32_t> ids, uint32_t limit) {
  std::vector<Candidate> candidates;
  candidates.reserve(ids.size());
  for (const uint32_t id : ids) {
    candidates.push_back({SquaredDistance(vectors.row(node), vectors.row(id), vectors.dim), id});
  }
  std::sort(candidates.begin(), candidates.end());
  return SelectNeighbors(vectors, candidates, limit);
}

}  // namespace seekd
