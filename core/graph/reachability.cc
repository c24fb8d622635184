#include "core/graph/reachability.h"

#include <algorithm>
#include <span>
#include <vector>

#include "core/graph/beam_search.h"

namespace seekd {
namespace {

constexpr uint32_t kRepairWidth = 64;

// The nodes reached so far; grows, never shrinks.
class Reached {
 public:
  explicit Reached(const Adjacency& graph) : graph_(graph), reached_(graph.lists.size(), false) {
    for (const NodeId entry : graph.entry_points) Spread(entry.value);
  }

  bool contains(uint32_t node) const { return reached_[node]; }
  void Spread(uint32_t start) {
    Push(start);
    while (!open_.empty()) {
      const uint32_t node = open_.back();
      open_.pop_back();
      for (const uint32_t next : graph_.lists[node]) Push(next);
    }
  }

 private:
  void Push(uint32_t node) {
    if (reached_[node]) return;
    reached_[node] = true;
    open_.push_back(node);
  }

  const Adjacency& graph_;
  std::vector<bool> reached_;
  std::vector<uint32_t> open_;
};

uint32_t ChooseParent(const Adjacency& graph, std::span<const Candidate> nearest, uint32_t cap) {
  for (const Candidate& candidate : nearest) {
    if (graph.lists[candidate.node].size() < cap) return candidate.node;
  }
  return nearest.front().node;
}

}  // namespace

uint32_t CountUnreachable(const Adjacency& graph) {
  const Reached reached(graph);
  uint32_t count = 0;
  for (uint32_t node = 0; node < graph.lists.size(); ++node) count += !reached.contains(node);
  return count;
}

uint32_t ConnectUnreachable(const PairDistances& distances, uint32_t cap, Adjacency* graph) {
  Reached reached(*graph);
  BeamSearch search(distances.size());
  std::vector<uint32_t> starts;
  for (const NodeId entry : graph->entry_points) starts.push_back(entry.value);
  const auto links = [graph](uint32_t node, std::vector<uint32_t>* out) {
    *out = graph->lists[node];
  };
  uint32_t added = 0;
  for (uint32_t node = 0; node < graph->lists.size(); ++node) {
    if (reached.contains(node)) continue;
    const auto to_node = [&distances, node](std::span<const uint32_t> nodes, float* out) {
      for (const uint32_t other : nodes) *out++ = distances.Between(node, other);
    };
    const std::span<const Candidate> nearest =
        search.Run(to_node, starts, kRepairWidth, node, links);
    graph->lists[ChooseParent(*graph, nearest, cap)].push_back(node);
    reached.Spread(node);
    ++added;
  }
  return added;
}

}  // namespace seekd
