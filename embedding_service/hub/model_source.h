// SOURCE.json, the pin of a model folder that was pulled: where its files come from and what
// they were. It is written last, so a folder that has it was once complete.
//
//   {"repository": "ORG/NAME", "revision": "main", "commit": "<40 hex>",
//    "endpoint": "https://...", "files": [{"name": ..., "size": ..., "sha256": "<64 hex>"}]}
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_MODEL_SOURCE_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_MODEL_SOURCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"

namespace seekd {

struct ModelSourceFile {
  std::string name;  // relative to the folder, see CheckFileName (hub_listing.h)
  uint64_t size = 0;
  std::string sha256;  // 64 hexadecimal digits
};

struct ModelSource {
  std::string repository;  // "ORG/NAME"
  std::string revision;    // as it was asked for
  std::string commit;      // 40 hexadecimal digits
  std::string endpoint;
  std::vector<ModelSourceFile> files;

  uint64_t bytes() const;
};

inline constexpr char kModelSourceName[] = "SOURCE.json";

// The recorded pin: what SOURCE.json in a model folder says. NOT_FOUND when it has none; DATA_LOSS
// (not JSON), INVALID_ARGUMENT (which member, what was expected).
absl::StatusOr<ModelSource> ReadModelSource(const std::string& folder);

// Checks every recorded file against its recorded SHA-256, which reads all of them: DATA_LOSS
// names the file, expected and found; a missing file too. NOT_FOUND: no SOURCE.json.
absl::Status VerifyModelSource(const std::string& folder);

// The same for what was read before. CANCELLED.
absl::Status VerifyModelSource(const ModelSource& source, const std::string& folder,
                               const CancellationPtr& cancellation);

// Replaced as a whole, on disk when this returns.
absl::Status WriteModelSource(const ModelSource& source, const std::string& path);
// The same as ReadModelSource, of any path.
absl::StatusOr<ModelSource> ReadModelSourceFile(const std::string& path);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_MODEL_SOURCE_H_
