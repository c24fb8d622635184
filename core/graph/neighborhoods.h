// Re-insertion search of LEANN Algorithm 3: which nodes a node may be linked to.
#ifndef SEEKD_CORE_GRAPH_NEIGHBORHOODS_H_
#define SEEKD_CORE_GRAPH_NEIGHBORHOODS_H_

#include <cstdint>
#include <vector>

#include "core/graph/adjacency.h"
#include "core/graph/beam_search.h"
#include "core/graph/candidate.h"
#include "core/vector/vector_set.h"

namespace seekd {

// Thread safety: one thread per worker.
class Neighborhoods {
 public:
  // `graph` over `vectors`; both must outlive this. `ef`: width of the search.
  Neighborhoods(const VectorSet& vectors, const Adjacency& graph, uint32_t ef, uint32_t threads);

  // The nearest nodes, found from the node's own links on (no need to descend from
  // an entry point), and those links themselves: among them are the long ones that
  // let a search cross from one crowd to another, which no search for the nearest
  // would bring back. Ascending. REQUIRES: worker < ThreadCount(threads).
  std::vector<Candidate> Of(uint32_t worker, uint32_t node);

 private:
  const VectorSet& vectors_;
  const Adjacency& graph_;
  const uint32_t ef_;
  std::vector<BeamSearch> searches_;  // one per worker
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_NEIGHBORHOODS_H_
