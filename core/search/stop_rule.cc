#include "core/search/stop_rule.h"

namespace seekd {

StopCalibration::Entry StopCalibration::For(float recall_target) const {
  for (const Entry& entry : entries) {
    if (entry.recall_target >= recall_target) return entry;
  }
  return entries.empty() ? Entry{} : entries.back();
}

}  // namespace seekd
