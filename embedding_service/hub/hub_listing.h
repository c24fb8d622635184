// What the hub says about one revision of a repository: its commit, and the name, size and hash
// of each file. Nothing in it is trusted before it is checked here: names become paths.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_HUB_LISTING_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_HUB_LISTING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

struct HubFile {
  std::string name;  // with '/' between folders; see CheckFileName
  uint64_t size = 0;
  std::string sha256;    // 64 hexadecimal digits, of files in large file storage, else ""
  std::string git_blob;  // 40, of other files; "" where the hub does not say

  // Whether the content can be told from another one of the same size.
  bool has_hash() const { return !sha256.empty() || !git_blob.empty(); }
};

struct HubListing {
  std::string commit;  // 40 hexadecimal digits
  std::vector<HubFile> files;

  // Null when there is none.
  const HubFile* Find(std::string_view name) const;
};

inline constexpr uint64_t kMaxListingBytes = 8 << 20;
// Of one file. Sizes of all files that a listing has room for add up to less than 2^64.
inline constexpr uint64_t kMaxHubFileBytes = uint64_t{1} << 45;

// The answer of /api/models/ORG/NAME/revision/REVISION?blobs=true. `where` names it in errors:
// DATA_LOSS (not JSON), INVALID_ARGUMENT (which member, what was expected and found).
absl::StatusOr<HubListing> ParseHubListing(std::string_view json, const std::string& where);

// That `name` is a path inside a folder, the same on every system: INVALID_ARGUMENT for an
// absolute one, one with "..", ".", empty parts, backslashes or control characters, and an
// endless one.
absl::Status CheckFileName(std::string_view name, const std::string& where);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_HUB_LISTING_H_
