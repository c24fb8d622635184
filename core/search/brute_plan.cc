#include "core/search/brute_plan.h"

namespace seekd {

std::vector<NodeId> BrutePlan::NextBatch(uint32_t max_rows, float /*bound*/) {
  std::vector<NodeId> batch;
  for (; next_ < node_count_ && batch.size() < max_rows; ++next_) {
    if (filter_.Allows(NodeId{next_})) batch.push_back(NodeId{next_});
  }
  return batch;
}

}  // namespace seekd
