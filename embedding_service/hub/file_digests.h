// The hashes by which a hub names a file's content, and those that a pull records.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_FILE_DIGESTS_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_FILE_DIGESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "embedding_service/hub/hub_listing.h"

namespace seekd {

struct FileDigests {
  uint64_t size = 0;
  std::string sha256;    // 64 hexadecimal digits
  std::string git_blob;  // 40: SHA-1 of "blob SIZE\0" and the content (git-hash-object)
};

// Reads the whole file. NOT_FOUND, FAILED_PRECONDITION (no regular file), CANCELLED.
absl::StatusOr<FileDigests> ComputeFileDigests(const std::string& path,
                                               const CancellationPtr& cancellation);

// That the content is the one that the hub lists; a file without a hash is known by its size
// alone. DATA_LOSS names `path`, the hash that was expected and the one that was found.
absl::Status CheckDigests(const FileDigests& found, const HubFile& expected,
                          const std::string& path);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_FILE_DIGESTS_H_
