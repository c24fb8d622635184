// Strategy `brute`: every allowed node, in order. The truth that the other
// strategies are measured against.
#ifndef SEEKD_CORE_SEARCH_BRUTE_PLAN_H_
#define SEEKD_CORE_SEARCH_BRUTE_PLAN_H_

#include <cstdint>
#include <vector>

#include "core/search/plan.h"
#include "core/search/search_index.h"

namespace seekd {

class BrutePlan final : public Plan {
 public:
  BrutePlan(uint32_t node_count, NodeFilter filter) : node_count_(node_count), filter_(filter) {}

  std::vector<NodeId> NextBatch(uint32_t max_rows, float bound) override;
  void Observe(NodeId, float) override {}
  void ObserveMissing(NodeId) override {}
  StopReason stop_reason() const override { return StopReason::kExhausted; }
  PlanCounters counters() const override { return {}; }

 private:
  uint32_t node_count_;
  NodeFilter filter_;
  uint32_t next_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_BRUTE_PLAN_H_
