#include "core/search/stop_rule.h"

namespace seekd {

namespace {

// Where nothing is known of the codes, what they say is no reason to stop: only rows that bring
// nothing better are.
StopCalibration::Entry Uncalibrated() {
  StopCalibration::Entry entry;
  entry.rule.margin = 4;  // the largest squared distance of unit vectors
  entry.rule.patience = 32;
  entry.scan = true;
  return entry;
}

}  // namespace

StopCalibration::Entry StopCalibration::For(uint32_t k, float recall_target) const {
  if (entries.empty()) return Uncalibrated();
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
