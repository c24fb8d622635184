#include "core/graph/neighborhoods.h"

#include <algorithm>
#include <span>

#include "core/base/parallel_for.h"
#include "core/vector/distance.h"

namespace seekd {

Neighborhoods::Neighborhoods(const VectorSet& vectors, const Adjacency& graph, uint32_t ef,
                             uint32_t threads)
    : vectors_(vectors),
      graph_(graph),
      ef_(ef),
      searches_(ThreadCount(threads), BeamSearch(vectors.size())) {}

std::vector<Candidate> Neighborhoods::Of(uint32_t worker, uint32_t node) {
  const std::vector<uint32_t>& list = graph_.lists[node];
  const float* row = vectors_.row(node);
  const auto links = [this](uint32_t at, std::vector<uint32_t>* out) { *out = graph_.lists[at]; };
  const std::span<const Candidate> nearest =
      searches_[worker].Run(DistancesTo(vectors_, row), list, ef_, node, links);
  std::vector<Candidate> candidates(nearest.begin(), nearest.end());
  for (const uint32_t id : list) {
    candidates.push_back({SquaredDistance(row, vectors_.row(id), vectors_.dim), id});
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

}  // namespace seekd
