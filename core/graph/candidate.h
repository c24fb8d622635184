// A node with its squared distance from the point in question; ordered by
// distance, then id, so that ties never depend on the order of discovery.
#ifndef SEEKD_CORE_GRAPH_CANDIDATE_H_
#define SEEKD_CORE_GRAPH_CANDIDATE_H_

#include <compare>
#include <cstdint>

namespace seekd {

struct Candidate {
  float distance = 0;
  uint32_t node = 0;
  auto operator<=>(const Candidate&) const = default;
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_CANDIDATE_H_
