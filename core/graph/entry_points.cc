#include "core/graph/entry_points.h"

#include <algorithm>
#include <random>

#include "core/graph/candidate.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr size_t kSampleNodes = 4096;

uint32_t NearestToMean(const VectorSet& vectors, std::span<const uint32_t> nodes) {
  std::vector<float> mean(vectors.dim, 0.0F);
  for (const uint32_t node : nodes) {
    for (uint32_t d = 0; d < vectors.dim; ++d) mean[d] += vectors.row(node)[d];
  }
  for (float& value : mean) value /= static_cast<float>(nodes.size());
  Candidate best{SquaredDistance(mean.data(), vectors.row(nodes[0]), vectors.dim), nodes[0]};
  for (const uint32_t node : nodes) {
    best = std::min(best, {SquaredDistance(mean.data(), vectors.row(node), vectors.dim), node});
  }
  return best.node;
}

}  // namespace

std::vector<uint32_t> ChooseEntryPoints(const VectorSet& vectors, std::span<const uint32_t> nodes,
                                        uint64_t seed) {
  if (nodes.empty()) return {};
  std::mt19937_64 random(seed);
  std::vector<uint32_t> sample;
  std::sample(nodes.begin(), nodes.end(), std::back_inserter(sample), kSampleNodes, random);
  std::shuffle(sample.begin(), sample.end(), random);
  std::swap(sample[0], *std::find(sample.begin(), sample.end(), NearestToMean(vectors, sample)));
  sample.resize(std::min<size_t>(sample.size(), kMaxEntryPoints));
  return sample;
}

std::vector<uint32_t> HubsNear(const Adjacency& graph, std::span<const uint32_t> degrees) {
  std::vector<uint32_t> hubs;
  for (const NodeId entry : graph.entry_points) {
    uint32_t hub = entry.value;
    for (const uint32_t neighbor : graph.lists[entry.value]) {
      if (degrees[neighbor] > degrees[hub]) hub = neighbor;
    }
    if (std::find(hubs.begin(), hubs.end(), hub) == hubs.end()) hubs.push_back(hub);
  }
  return hubs;
}

}  // namespace seekd
