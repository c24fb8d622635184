// When a refinement has seen enough, and how that is fitted per collection.
//
// Rule: go on while the best candidate not yet recomputed has an adjusted code
// distance below the k-th exact distance so far plus a margin. Before k exact
// distances are known the k-th is expected at the k-th code distance plus the
// codes' bias. Rows that do not make the k-th distance fall use up a patience, and there may be a
// most for all of them. All of this, and the first stage, are fitted for several recall targets and
// k on the truth of a few hundred pseudo-queries, which the build gets for nothing
// while it holds every embedding (docs/search.md, "Calibration").
#ifndef SEEKD_CORE_SEARCH_STOP_RULE_H_
#define SEEKD_CORE_SEARCH_STOP_RULE_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/codes/codes.h"
#include "core/graph/graph_view.h"
#include "core/vector/row_source.h"
#include "core/vector/vector_set.h"

namespace seekd {

// Distances are squared.
struct StopRule {
  float margin = 0.15F;
  // Mean of exact - code distance: of the k-th best of each; where codes are trusted, of
  // one and the same node among the best.
  float code_bias = 0.0F;
  float link_bonus = 0.04F;  // what a link from one of the best is worth
  uint32_t patience = 128;   // rows
  // Of one query once it has k hits; 0: no limit. A low recall is cheapest where hard queries are
  // left alone.
  uint32_t max_rows = 0;
  // The codes are believed outside the margin (ConfirmPlan); link_bonus, patience and max_rows
  // have no part in it.
  bool trust_codes = false;
};

// How long the k-th distance has not fallen.
class Stagnation {
 public:
  // `bound`: the k-th distance after `rows` rows. Returns the rows since it fell; 0 while it is
  // infinite, for want of k hits.
  uint32_t See(float bound, uint32_t rows) {
    if (bound < last_bound_) {
      last_bound_ = bound;
      fell_at_ = rows;
    }
    return std::isinf(bound) ? 0 : rows - fell_at_;
  }

 private:
  float last_bound_ = std::numeric_limits<float>::infinity();
  uint32_t fell_at_ = 0;
};

struct StopCalibration {
  struct Entry {
    uint32_t k = 10;
    float recall_target = 0.90F;
    StopRule rule;
    uint32_t beam_width = 1000;  // candidates kept by codes
    bool scan = false;           // all codes are scanned for them instead of a walk
  };
  std::vector<Entry> entries;  // ascending k, then recall_target

  // Of the smallest k >= `k` the entry of the smallest target >= `recall_target`; the
  // largest of either when none is. Defaults when there are no entries.
  Entry For(uint32_t k, float recall_target) const;
};

// Queries made from the collection itself. The node that query i was taken from is
// no answer to it: it would be easier to find than anything a person asks for.
struct PseudoQueries {
  VectorSet vectors;
  std::vector<NodeId> sources;  // of each query; empty: none was taken from a node
};

// What a recomputed row takes where that was not measured, in microseconds: the default model's on
// one core.
inline constexpr double kDefaultRowUs = 60;

// What a fit is made of; all of it outlives the fit.
struct CalibrationInput {
  const RowSource& rows;  // exact vectors; row i is node i
  const GraphView& graph;
  const CodesView& codes;
  const PseudoQueries& queries;
  // Of each query the exact scores of its best nodes (the source left out), descending:
  // as many as the largest k (TopScoresPass).
  const std::vector<std::vector<float>>& truth;
  // What a recomputed row takes: it says how much of a first stage a row is worth.
  double row_us = kDefaultRowUs;
};

// Fits stop rules and first stages for every k of `ks` (ascending, > 0) by running the
// very plan that a search runs. The entry of a target out of reach is the best there is.
// No entries with fewer than 16 queries, or for a k with fewer nodes to find. `threads` == 0:
// hardware concurrency. Errors: CANCELLED, INVALID_ARGUMENT (sizes that do not fit),
// DATA_LOSS, and those of `rows`.
absl::StatusOr<StopCalibration> FitStopRule(const CalibrationInput& input,
                                            std::span<const uint32_t> ks, uint32_t threads,
                                            const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_STOP_RULE_H_
