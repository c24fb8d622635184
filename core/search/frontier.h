// The bounded queue of best-first search (C of LEANN Algorithm 1): the closest
// `capacity` nodes offered so far, sorted, each taken for expansion at most once.
// A sorted array: one memmove of a few kilobytes per insertion beats two heaps
// at the widths in use, and the result needs no sort.
#ifndef SEEKD_CORE_SEARCH_FRONTIER_H_
#define SEEKD_CORE_SEARCH_FRONTIER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/ids.h"
#include "core/search/scored_node.h"

namespace seekd {

class Frontier {
 public:
  // REQUIRES: capacity > 0.
  explicit Frontier(size_t capacity);

  // False when the queue is full of closer nodes. REQUIRES: `node` was not
  // inserted before, node.value < 2^31.
  bool Insert(ScoredNode candidate);

  // The closest node not taken yet.
  std::optional<ScoredNode> TakeClosest();

  size_t size() const { return entries_.size(); }
  // Ascending.
  std::vector<ScoredNode> ToVector() const;

 private:
  struct Entry {
    float distance;
    uint32_t node : 31;
    uint32_t taken : 1;
  };
  static bool Less(const Entry& a, const Entry& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.node < b.node;
  }

  size_t capacity_;
  std::vector<Entry> entries_;  // sorted
  size_t next_ = 0;             // every entry before it is taken
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_FRONTIER_H_
