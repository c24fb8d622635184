#include "core/search/stop_rule.h"

namespace seekd {

StopCalibration::Entry StopCalibration::For(uint32_t k, float recall_target) const {
  if (entries.empty()) return {};
  uint32_t fitted_k = entries.back().k;
  for (const Entry& entry : entries) {
    if (entry.k >= k) {
      fitted_k = entry.k;
      break;
    }
  }
  const Entry* last = nullptr;
  for (const Entry& entry : entries) {
    if (entry.k != fitted_k) continue;
    last = &entry;
    if (entry.recall_target >= recall_target) break;
  }
  return *last;
}

}  // namespace seekd
