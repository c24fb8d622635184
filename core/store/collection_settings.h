// What the user grants one collection; kept in its record.
#ifndef SEEKD_CORE_STORE_COLLECTION_SETTINGS_H_
#define SEEKD_CORE_STORE_COLLECTION_SETTINGS_H_

#include "absl/status/status.h"

namespace seekd {

struct CollectionSettings {
  // Bytes of graph, codes, node map and MANIFEST / bytes of text, at most 1; 0: the
  // daemon's default.
  double max_index_share = 0;
  // Bytes of the hot cache / bytes of text, on top of that, at most 1; 0: no hot cache.
  double hot_share = 0;

  // INVALID_ARGUMENT names the field, its range and its value.
  absl::Status Validate() const;
  bool operator==(const CollectionSettings&) const = default;
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_COLLECTION_SETTINGS_H_
