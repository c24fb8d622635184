// One pseudo-query run under a stop rule, as FitStopRule tries them: with the plan that a search
// runs, and exact scores that are read once however many rules are tried.
#ifndef SEEKD_CORE_SEARCH_STOP_TRIAL_H_
#define SEEKD_CORE_SEARCH_STOP_TRIAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/graph/graph_view.h"
#include "core/search/code_scorer.h"
#include "core/search/scored_node.h"
#include "core/search/stop_rule.h"
#include "core/vector/row_source.h"

namespace seekd {

// The exact scores of the nodes that the trials of one query come across. One thread at a time.
class KnownScores {
 public:
  KnownScores(const RowSource* rows, const float* query) : rows_(rows), query_(query) {}

  // Reads those of `nodes` that are not known yet.
  absl::Status Learn(std::span<const NodeId> nodes);
  // REQUIRES: learnt.
  float Of(NodeId node) const { return scores_.at(node); }

 private:
  const RowSource* rows_;
  const float* query_;
  absl::flat_hash_map<NodeId, float> scores_;
};

// What a trial starts from; all of it outlives the trial.
struct TrialInput {
  const GraphView& graph;
  const std::shared_ptr<CodeScorer>& scorer;
  const std::vector<ScoredNode>& ranked;  // candidates by code distance
  std::optional<NodeId> source;           // no answer to the query, see PseudoQueries
  float right = 0;                        // exact score from which on a hit is right
  KnownScores* scores = nullptr;
};

// One run, as far as it tells what a stricter rule would have ended with: one of less patience or
// with a limit of rows asks for the same rows in the same order.
class StopTrial {
 public:
  // Errors: of the rows.
  static absl::StatusOr<StopTrial> Run(const TrialInput& input, uint32_t k, const StopRule& rule);

  // Rows after which `rule` ends, which is the one that ran but for less patience or a limit.
  uint32_t RowsBy(const StopRule& rule) const;
  // Right hits after so many rows, at most k; REQUIRES: what RowsBy told.
  uint32_t RightAfter(uint32_t rows) const { return right_after_[rows]; }

 private:
  struct Round {
    uint32_t rows = 0;      // before it
    uint32_t stagnant = 0;  // of these, since the k-th distance fell
  };
  std::vector<Round> rounds_;
  std::vector<uint32_t> right_after_ = {0};
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_STOP_TRIAL_H_
