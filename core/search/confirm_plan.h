// Second stage of `frugal` and `flat` where codes are good enough to be believed: a
// candidate whose expected distance (code distance plus the codes' bias) lies further
// than the margin from the k-th place is taken for in, or for out, as the codes say.
// Only those in between are recomputed, in rounds, the least certain first.
#ifndef SEEKD_CORE_SEARCH_CONFIRM_PLAN_H_
#define SEEKD_CORE_SEARCH_CONFIRM_PLAN_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/search/code_scorer.h"
#include "core/search/plan.h"
#include "core/search/scored_node.h"
#include "core/search/search_index.h"
#include "core/search/stop_rule.h"

namespace seekd {

class ConfirmPlan final : public Plan {
 public:
  // `ranked` ascends. `k`: hits wanted. `expanded`: adjacency lists read before.
  // `exact_hits`: in the end the hits themselves are recomputed, too.
  ConfirmPlan(std::shared_ptr<CodeScorer> scorer, NodeFilter filter, StopRule rule, uint32_t k,
              bool exact_hits, const std::vector<ScoredNode>& ranked, uint64_t expanded);

  std::vector<NodeId> NextBatch(uint32_t max_rows, float bound) override;
  void Observe(NodeId node, float distance) override;
  void ObserveMissing(NodeId) override {}
  StopReason stop_reason() const override {
    return open_.empty() ? StopReason::kExhausted : StopReason::kConverged;
  }
  PlanCounters counters() const override { return {scorer_->scored(), expanded_}; }
  std::vector<ScoredNode> Estimates() const override;

 private:
  // The k-th smallest of what is known and what is expected; infinity while all are
  // fewer than k.
  float ExpectedBound() const;

  std::shared_ptr<CodeScorer> scorer_;
  StopRule rule_;
  uint32_t k_;
  bool exact_hits_;
  std::vector<ScoredNode> open_;  // not recomputed: expected distances, ascending
  std::vector<float> exact_;      // of those recomputed, ascending
  uint64_t expanded_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_CONFIRM_PLAN_H_
