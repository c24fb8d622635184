// The request's filter on documents, and its translation into the set of
// chunks a search may return. The translation scans document records once per
// filter and store version; the last few are cached.
#ifndef SEEKD_CORE_COLLECTION_DOCUMENT_FILTER_H_
#define SEEKD_CORE_COLLECTION_DOCUMENT_FILTER_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/search/chunk_filter.h"
#include "core/store/store.h"

namespace seekd {

struct DocumentFilter {
  std::string path_prefix;                    // of the document id; "" : any
  std::string path_glob;                      // GlobMatch over the whole id; "" : any
  std::optional<int64_t> modified_after_us;   // inclusive, Unix epoch
  std::optional<int64_t> modified_before_us;  // exclusive

  bool empty() const {
    return path_prefix.empty() && path_glob.empty() && !modified_after_us && !modified_before_us;
  }
  bool Matches(const DocumentRecord& document) const;
  bool operator==(const DocumentFilter&) const = default;
};

// Thread safety: any thread may call any member.
class FilterCache {
 public:
  // Chunks of the matching documents. `version` changes with every write to the store.
  absl::StatusOr<std::shared_ptr<const ChunkSet>> Resolve(const CollectionStore& store,
                                                          const DocumentFilter& filter,
                                                          uint64_t version);
  // Gives all memory back.
  void Clear() {
    std::lock_guard lock(mutex_);
    entries_.clear();
  }

 private:
  struct Entry {
    DocumentFilter filter;
    uint64_t version = 0;
    std::shared_ptr<const ChunkSet> chunks;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_DOCUMENT_FILTER_H_
