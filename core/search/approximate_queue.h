// AQ of LEANN Algorithm 2: the code distance of every node ever glanced at. A share
// of it, the closest, is its head; whoever comes to stand in the head is promoted,
// once. No node is ever dropped: one that was too far at first is promoted
// when the queue, and the head with it, has grown.
//
// Two heaps with the border of the head between them: O(log n) per node.
// Belongs to one query; not thread-safe.
#ifndef SEEKD_CORE_SEARCH_APPROXIMATE_QUEUE_H_
#define SEEKD_CORE_SEARCH_APPROXIMATE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "core/search/node_set.h"
#include "core/search/scored_node.h"

namespace seekd {

class ApproximateQueue {
 public:
  // The head holds ceil(`head_share` * size()) nodes, and one more for every Grow.
  // REQUIRES: 0 < head_share <= 1.
  ApproximateQueue(uint32_t node_count, double head_share);

  // REQUIRES: the node was not added before, node < node_count, distance not NaN.
  void Add(ScoredNode node);

  // Makes the head longer by the closest node beside it; false when there is none.
  bool Grow();

  // The nodes of the head that were not promoted before, ascending.
  std::vector<ScoredNode> Promote();

  size_t size() const { return head_.size() + rest_.size(); }

 private:
  struct Farther {
    bool operator()(const ScoredNode& a, const ScoredNode& b) const { return b < a; }
  };

  void EnterHead(ScoredNode node);
  bool InHead(const ScoredNode& node) const { return !head_.empty() && !(head_.top() < node); }

  double head_share_;
  size_t grown_ = 0;
  std::priority_queue<ScoredNode> head_;                                    // farthest on top
  std::priority_queue<ScoredNode, std::vector<ScoredNode>, Farther> rest_;  // closest on top
  std::vector<ScoredNode> entered_;  // the head since the last Promote, not promoted before
  NodeSet promoted_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_APPROXIMATE_QUEUE_H_
