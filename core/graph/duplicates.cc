#include "core/graph/duplicates.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace seekd {
Digest VectorDigest(std::span<const float> vector) {
  return ComputeDigest({reinterpret_cast<const char*>(vector.data()), vector.size_bytes()});
}

DuplicateGroups FindDuplicates(std::span<const Digest> digests) {
  DuplicateGroups result;
  absl::flat_hash_map<Digest, uint32_t> first_of;
  absl::flat_hash_map<uint32_t, size_t> group_of;
  first_of.reserve(digests.size());
  for (uint32_t node = 0; node < digests.size(); ++node) {
    const auto [first, is_new] = first_of.try_emplace(digests[node], node);
    if (is_new) {
      result.representatives.push_back(node);
      continue;
    }
    const auto [group, is_first] = group_of.try_emplace(first->second, result.groups.size());
    if (is_first) result.groups.push_back({first->second});
    result.groups[group->second].push_back(node);
  }
  return result;
}

DuplicateGroups FindDuplicates(const VectorSet& vectors) {
  std::vector<Digest> digests;
  digests.reserve(vectors.size());
  for (uint32_t node = 0; node < vectors.size(); ++node) {
    digests.push_back(VectorDigest({vectors.row(node), vectors.dim}));
  }
  return FindDuplicates(digests);
}

void AttachDuplicates(const DuplicateGroups& duplicates, uint32_t cap, Adjacency* graph) {
  // Node i of a group is the parent of nodes i * fan + 1 ... i * fan + fan.
  const size_t fan = std::min<size_t>(4, cap - 1);
  for (const std::vector<uint32_t>& group : duplicates.groups) {
    const size_t children = std::min(fan, group.size() - 1);
    std::vector<uint32_t>& top = graph->lists[group[0]];
    if (top.size() > cap - children) top.resize(cap - children);
    for (size_t i = 1; i < group.size(); ++i) {
      const uint32_t parent = group[(i - 1) / fan];
      graph->lists[parent].push_back(group[i]);
      graph->lists[group[i]].push_back(parent);
    }
  }
}

}  // namespace seekd
