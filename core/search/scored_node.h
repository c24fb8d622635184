// A node under consideration with its distance to the query: squared Euclidean,
// exact or by codes. Ordered by distance, then by id, so that every search is a
// function of its input.
#ifndef SEEKD_CORE_SEARCH_SCORED_NODE_H_
#define SEEKD_CORE_SEARCH_SCORED_NODE_H_

#include <compare>

#include "core/base/ids.h"

namespace seekd {

struct ScoredNode {
  float distance = 0;
  NodeId node;

  friend bool operator==(const ScoredNode&, const ScoredNode&) = default;
  friend bool operator<(const ScoredNode& a, const ScoredNode& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.node < b.node;
  }
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_SCORED_NODE_H_
