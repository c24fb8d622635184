// Walks a folder and says what there is to index. Every entry is either listed
// as a file or as skipped with a reason; an ignored or hidden folder is one
// entry.
#ifndef SEEKD_CORE_COLLECTION_FOLDER_SCAN_H_
#define SEEKD_CORE_COLLECTION_FOLDER_SCAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/store/store.h"

namespace seekd {

struct FoundFile {
  std::string path;  // absolute
  uint64_t size_bytes = 0;
  int64_t mtime_ns = 0;
};

struct FolderListing {
  std::vector<FoundFile> files;
  std::vector<SkippedFile> skipped;
  // Folders that could not be read: what was indexed below them must stay.
  std::vector<std::string> unreadable_folders;
  uint64_t total_bytes = 0;
};

struct ScanOptions {
  uint64_t max_file_bytes = 64 << 20;
};

// `root` is an absolute path. Honours .gitignore and .seekignore at every level;
// hidden entries and symbolic links are skipped. Errors: NOT_FOUND,
// INVALID_ARGUMENT (not a folder), PERMISSION_DENIED (of the root), CANCELLED.
absl::StatusOr<FolderListing> ScanFolder(const std::string& root, const ScanOptions& options,
                                         const CancellationPtr& cancellation);

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_FOLDER_SCAN_H_
