#include "core/store/collection_settings.h"

#include "absl/strings/str_cat.h"

namespace seekd {

absl::Status CollectionSettings::Validate() const {
  if (!(max_index_share >= 0 && max_index_share <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_index_share is ", max_index_share,
                     "; expected more than 0 and at most 1, or 0 for the daemon's default"));
  }
  if (!(hot_share >= 0 && hot_share <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("hot_share is ", hot_share, "; expected 0 (no hot cache) to 1"));
  }
  return absl::OkStatus();
}

}  // namespace seekd
