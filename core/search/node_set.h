// A set of nodes of one generation as a bitmap. One per query: clearing 27 KB for
// 220,000 nodes takes a microsecond, so there is no pool of them.
#ifndef SEEKD_CORE_SEARCH_NODE_SET_H_
#define SEEKD_CORE_SEARCH_NODE_SET_H_

#include <cstdint>
#include <vector>

#include "core/base/ids.h"

namespace seekd {

class NodeSet {
 public:
  explicit NodeSet(uint32_t node_count) : words_((uint64_t{node_count} + 63) / 64, 0) {}

  // True when the node was not in the set. REQUIRES: node < node_count.
  bool Insert(NodeId node) {
    uint64_t& word = words_[node.value / 64];
    const uint64_t mask = uint64_t{1} << (node.value % 64);
    const bool added = (word & mask) == 0;
    word |= mask;
    return added;
  }
  bool Contains(NodeId node) const {
    return (words_[node.value / 64] >> (node.value % 64) & 1) != 0;
  }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_NODE_SET_H_
