// Algorithm 1 of LEANN over stored vectors: the best-first search that graph
// construction runs per node. Scratch memory is kept between searches.
//
// Thread safety: one thread per BeamSearch; the vectors are only read.
#ifndef SEEKD_CORE_GRAPH_BEAM_SEARCH_H_
#define SEEKD_CORE_GRAPH_BEAM_SEARCH_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/graph/candidate.h"
#include "core/vector/vector_set.h"

namespace seekd {

// Which nodes were seen in the current search; starting a new one costs O(1).
class VisitedNodes {
 public:
  explicit VisitedNodes(uint32_t nodes) : marks_(nodes, 0) {}

  void Clear();
  // False when `node` was visited already.
  bool Visit(uint32_t node) {
    if (marks_[node] == epoch_) return false;
    marks_[node] = epoch_;
    return true;
  }

 private:
  std::vector<uint16_t> marks_;
  uint16_t epoch_ = 0;
};

// The nearest `capacity` candidates so far, ascending, each expanded or not.
class Beam {
 public:
  void Reset(uint32_t capacity);
  void Insert(Candidate candidate);
  // The nearest candidate not expanded yet, which counts as expanded from now on.
  bool PopNearest(uint32_t* node);
  std::span<const Candidate> candidates() const { return candidates_; }

 private:
  uint32_t capacity_ = 0;
  std::vector<Candidate> candidates_;
  std::vector<bool> expanded_;
  size_t first_open_ = 0;  // everything before it is expanded
};

class BeamSearch {
 public:
  // `vectors` must outlive this.
  explicit BeamSearch(const VectorSet& vectors) : vectors_(vectors), visited_(vectors.size()) {}

  // The nearest nodes to `query` (vectors.dim values) found with queue length
  // `ef`, ascending; valid until the next call. `links(node, &out)` replaces out
  // by the node's neighbours. `exclude` is passed over (neither result nor step);
  // a start may be equal to it.
  template <typename Links>
  std::span<const Candidate> Run(const float* query, std::span<const uint32_t> starts, uint32_t ef,
                                 uint32_t exclude, const Links& links) {
    visited_.Clear();
    beam_.Reset(ef);
    visited_.Visit(exclude);
    neighbors_.assign(starts.begin(), starts.end());
    Score(query);
    for (uint32_t node = 0; beam_.PopNearest(&node);) {
      links(node, &neighbors_);
      Score(query);
    }
    return beam_.candidates();
  }

 private:
  // Offers the unvisited ones of neighbors_ to the beam.
  void Score(const float* query);

  const VectorSet& vectors_;
  VisitedNodes visited_;
  Beam beam_;
  std::vector<uint32_t> neighbors_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_BEAM_SEARCH_H_
