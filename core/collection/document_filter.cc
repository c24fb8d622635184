#include "core/collection/document_filter.h"

#include <string_view>

#include "core/base/status_macros.h"
#include "core/text/ignore_rules.h"

namespace seekd {
namespace {

constexpr size_t kCachedFilters = 8;

int64_t ModifyTimeUs(const DocumentRecord& document) { return document.source.mtime_ns / 1000; }

// What every match begins with: lets the scan skip most documents.
std::string LiteralPrefix(const DocumentFilter& filter) {
  const std::string glob_prefix =
      filter.path_glob.substr(0, filter.path_glob.find_first_of("*?[\\"));
  return glob_prefix.size() > filter.path_prefix.size() ? glob_prefix : filter.path_prefix;
}

}  // namespace

bool DocumentFilter::Matches(const DocumentRecord& document) const {
  if (!document.id.starts_with(path_prefix)) return false;
  if (modified_after_us && ModifyTimeUs(document) < *modified_after_us) return false;
  if (modified_before_us && ModifyTimeUs(document) >= *modified_before_us) return false;
  return path_glob.empty() || GlobMatch(path_glob, document.id);
}

absl::StatusOr<std::shared_ptr<const ChunkSet>> FilterCache::Resolve(const CollectionStore& store,
                                                                     const DocumentFilter& filter,
                                                                     uint64_t version) {
  {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->version != version || !(it->filter == filter)) continue;
      entries_.splice(entries_.begin(), entries_, it);
      return entries_.front().chunks;
    }
  }
  auto chunks = std::make_shared<ChunkSet>();
  ABSL_RETURN_IF_ERROR(
      store.ScanDocuments(LiteralPrefix(filter), [&](const DocumentRecord& document) {
        if (filter.Matches(document)) {
          for (const ChunkPlacement& placement : document.chunks) chunks->Insert(placement.chunk);
        }
        return true;
      }));
  std::lock_guard lock(mutex_);
  entries_.push_front({filter, version, chunks});
  if (entries_.size() > kCachedFilters) entries_.pop_back();
  return chunks;
}

}  // namespace seekd
