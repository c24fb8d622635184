#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/options.h"

namespace seekd {

absl::Status CollectionOptions::Validate() const {
  ABSL_RETURN_IF_ERROR(chunking.Validate());
  if (!(max_index_share > 0 && max_index_share <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat("max_index_share is ", max_index_share,
                                                   "; expected more than 0 and at most 1"));
  }
  if (max_file_bytes == 0) {
    return absl::InvalidArgumentError("max_file_bytes is 0; expected at least 1");
  }
  if (PendingBudget() > max_build_bytes / 4) {
    return absl::InvalidArgumentError(absl::StrCat("max_pending_bytes is ", PendingBudget(),
                                                   "; expected at most ", max_build_bytes / 4,
                                                   ", a quarter of max_build_bytes"));
  }
  return absl::OkStatus();
}

}  // namespace seekd
