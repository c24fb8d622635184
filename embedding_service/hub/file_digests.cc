#include "embedding_service/hub/file_digests.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/status_macros.h"
#include "core/base/stream_digest.h"
#include "core/storage/posix_file.h"

namespace seekd {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

absl::Status OtherContent(const std::string& path, const std::string& expected,
                          const std::string& found) {
  return absl::DataLossError(absl::StrCat(path, ": expected ", expected, ", found ", found));
}

}  // namespace

absl::StatusOr<FileDigests> ComputeFileDigests(const std::string& path,
                                               const CancellationPtr& cancellation) {
  ABSL_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFd(path, O_RDONLY | O_NONBLOCK));
  FileDigests digests;
  ABSL_ASSIGN_OR_RETURN(digests.size, RegularFileBytes(fd, path));
  StreamDigest sha256(DigestKind::kSha256), blob(DigestKind::kSha1);
  const std::string header = absl::StrCat("blob ", digests.size);
  blob.Update({header.c_str(), header.size() + 1});  // with its zero
  std::vector<uint8_t> buffer(static_cast<size_t>(std::min<uint64_t>(kPieceBytes, digests.size)));
  for (uint64_t offset = 0; offset < digests.size; offset += buffer.size()) {
    if (IsCancelled(cancellation)) return absl::CancelledError("withdrawn by the caller");
    buffer.resize(static_cast<size_t>(std::min<uint64_t>(kPieceBytes, digests.size - offset)));
    ABSL_RETURN_IF_ERROR(ReadFullyAt(fd, path, offset, buffer));
    sha256.Update(AsString(buffer));
    blob.Update(AsString(buffer));
  }
  digests.sha256 = sha256.FinishHex();
  digests.git_blob = blob.FinishHex();
  return digests;
}

absl::Status CheckDigests(const FileDigests& found, const HubFile& expected,
                          const std::string& path) {
  if (found.size != expected.size) {
    return OtherContent(path, absl::StrCat(expected.size, " bytes"), absl::StrCat(found.size));
  }
  if (!expected.sha256.empty() && found.sha256 != expected.sha256) {
    return OtherContent(path, absl::StrCat("SHA-256 ", expected.sha256), found.sha256);
  }
  if (!expected.git_blob.empty() && found.git_blob != expected.git_blob) {
    return OtherContent(path, absl::StrCat("git blob ", expected.git_blob), found.git_blob);
  }
  return absl::OkStatus();
}

}  // namespace seekd
