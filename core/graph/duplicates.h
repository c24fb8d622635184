// Nodes whose vectors are equal bit for bit. A crowd of them (all zero vectors,
// say) would fill each other's lists and hide everything else, so the graph is
// built over one representative of each group, and the others hang below it in
// a small tree.
#ifndef SEEKD_CORE_GRAPH_DUPLICATES_H_
#define SEEKD_CORE_GRAPH_DUPLICATES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/digest.h"
#include "core/graph/adjacency.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct DuplicateGroups {
  std::vector<uint32_t> representatives;      // ascending; the first node of each group
  std::vector<std::vector<uint32_t>> groups;  // of two or more nodes, representative first
};

// What tells one vector from another when the vectors are not at hand.
Digest VectorDigest(std::span<const float> vector);

// digests[i]: VectorDigest of node i.
DuplicateGroups FindDuplicates(std::span<const Digest> digests);
DuplicateGroups FindDuplicates(const VectorSet& vectors);

// Links every group's nodes to each other, both ways, keeping every list within
// `cap` links; a representative's last links give way. REQUIRES: cap >= 2, and
// the others' lists are empty.
void AttachDuplicates(const DuplicateGroups& duplicates, uint32_t cap, Adjacency* graph);

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_DUPLICATES_H_
