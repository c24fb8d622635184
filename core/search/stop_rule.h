// When a refinement has seen enough, and how that is fitted per collection.
//
// Rule: go on while the best candidate not yet recomputed has an adjusted code
// distance below the k-th exact distance so far plus a margin. The margin (and
// the beam width) for each recall target come from the truth of a few hundred
// pseudo-queries, which the build gets for nothing while it holds every
// embedding (DESIGN.md, "Calibration").
#ifndef SEEKD_CORE_SEARCH_STOP_RULE_H_
#define SEEKD_CORE_SEARCH_STOP_RULE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/codes/codes.h"
#include "core/graph/graph_view.h"
#include "core/vector/vector_set.h"

namespace seekd {

struct StopCalibration {
  struct Entry {
    float recall_target = 0.90F;
    float margin = 0.10F;  // squared distance
    uint32_t beam_width = 1000;
  };
  std::vector<Entry> entries;  // ascending recall_target

  // The entry of the smallest target >= `recall_target` (the last one when none
  // is); defaults when there are no entries.
  Entry For(float recall_target) const;
};

// Queries made from the collection itself. The node that query i was taken from is
// no answer to it: it would be easier to find than anything a person asks for.
struct PseudoQueries {
  VectorSet vectors;
  std::vector<NodeId> sources;  // of each query; empty: none was taken from a node
};

// Fits margins and beams on `queries` against the exact top `k` over `vectors`
// (node i is row i) by running the very plan that a search runs, with the
// vectors at hand in place of an encoder. The entry of a target out of reach is
// the best there is. No queries, or no node left to find: no entries.
// `threads` == 0: hardware concurrency. Errors: CANCELLED, INVALID_ARGUMENT
// (sizes that do not fit), DATA_LOSS.
absl::StatusOr<StopCalibration> FitStopRule(const VectorSet& vectors, const GraphView& graph,
                                            const CodesView& codes, const PseudoQueries& queries,
                                            uint32_t k, uint32_t threads,
                                            const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_STOP_RULE_H_
