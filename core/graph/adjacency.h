// An in-memory graph: what the builder makes, the pruner thins and the writer
// compresses.
#ifndef SEEKD_CORE_GRAPH_ADJACENCY_H_
#define SEEKD_CORE_GRAPH_ADJACENCY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ids.h"

namespace seekd {

struct Adjacency {
  std::vector<std::vector<uint32_t>> lists;  // out-neighbours per node, any order
  std::vector<NodeId> entry_points;

  uint64_t edge_count() const {
    uint64_t n = 0;
    for (const auto& list : lists) n += list.size();
    return n;
  }
};

// Writes graph.bin; returns its size.
absl::StatusOr<uint64_t> WriteGraph(const std::string& path, const Adjacency& graph);

// Size in bytes that WriteGraph would give the file.
uint64_t EncodedGraphBytes(const Adjacency& graph);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_ADJACENCY_H_
