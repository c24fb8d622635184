#include "core/graph/hubs.h"

#include <algorithm>
#include <numeric>

namespace seekd {

std::vector<uint32_t> CountDegrees(const Adjacency& graph) {
  std::vector<uint32_t> degrees(graph.lists.size(), 0);
  for (size_t node = 0; node < graph.lists.size(); ++node) {
    degrees[node] += static_cast<uint32_t>(graph.lists[node].size());
    for (const uint32_t neighbor : graph.lists[node]) ++degrees[neighbor];
  }
  return degrees;
}

std::vector<bool> FindHubs(std::span<const uint32_t> degrees, float share) {
  std::vector<uint32_t> order(degrees.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto hubs = static_cast<size_t>(share * static_cast<float>(order.size()));
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(hubs), order.end(),
                   [&](uint32_t a, uint32_t b) {
                     return degrees[a] != degrees[b] ? degrees[a] > degrees[b] : a < b;
                   });
  std::vector<bool> is_hub(degrees.size(), false);
  for (size_t i = 0; i < hubs; ++i) is_hub[order[i]] = true;
  return is_hub;
}

}  // namespace seekd
