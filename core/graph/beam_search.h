// Algorithm 1 of LEANN over vectors at hand: the best-first search that graph
// construction runs per node. Scratch memory is kept between searches.
//
// Thread safety: one thread per BeamSearch.
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

// Squared distances of stored vectors to one point.
class DistancesTo {
 public:
  // `point`: vectors.dim values. Both must outlive this.
  DistancesTo(const VectorSet& vectors, const float* point) : vectors_(vectors), point_(point) {}
  // out[i]: of nodes[i].
  void operator()(std::span<const uint32_t> nodes, float* out) const;

 private:
  const VectorSet& vectors_;
  const float* point_;
};

class BeamSearch {
 public:
  // Of a graph of `nodes` nodes.
  explicit BeamSearch(uint32_t nodes) : visited_(nodes) {}

  // The nearest nodes found with queue length `ef`, ascending; valid until the next
  // call. `distances(nodes, out)` writes the distance of each node from the point in
  // question, `links(node, &out)` replaces out by the node's neighbours. `exclude` is
  // passed over (neither result nor step); a start may be equal to it.
  template <typename Distances, typename Links>
  std::span<const Candidate> Run(const Distances& distances, std::span<const uint32_t> starts,
                                 uint32_t ef, uint32_t exclude, const Links& links) {
    visited_.Clear();
    beam_.Reset(ef);
    visited_.Visit(exclude);
    neighbors_.assign(starts.begin(), starts.end());
    Score(distances);
    for (uint32_t node = 0; beam_.PopNearest(&node);) {
      links(node, &neighbors_);
      Score(distances);
    }
    return beam_.candidates();
  }

 private:
  // Offers the unvisited ones of neighbors_ to the beam.
  template <typename Distances>
  void Score(const Distances& distances) {
    std::erase_if(neighbors_, [this](uint32_t node) { return !visited_.Visit(node); });
    scores_.resize(neighbors_.size());
    distances(std::span<const uint32_t>(neighbors_), scores_.data());
    for (size_t i = 0; i < neighbors_.size(); ++i) beam_.Insert({scores_[i], neighbors_[i]});
  }

  VisitedNodes visited_;
  Beam beam_;
  std::vector<uint32_t> neighbors_;
  std::vector<float> scores_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_BEAM_SEARCH_H_
