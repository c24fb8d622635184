#include "embedding_service/hub/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {

absl::StatusOr<PartFile> PartFile::Open(std::string path, uint64_t size) {
  ABSL_ASSIGN_OR_RETURN(UniqueFd fd,
                        OpenFd(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600));
  ABSL_ASSIGN_OR_RETURN(const uint64_t bytes, RegularFileBytes(fd, path));
  PartFile part(std::move(path), size, std::move(fd), bytes);
  if (bytes > size) ABSL_RETURN_IF_ERROR(part.Restart());
  return part;
}

absl::Status PartFile::Append(std::string_view data) {
  if (data.size() > size_ - bytes_) {
    return absl::DataLossError(absl::StrCat(path_, ": expected ", size_,
                                            " bytes by the hub's listing, and more were sent"));
  }
  ABSL_RETURN_IF_ERROR(WriteFully(fd_, path_, data));
  bytes_ += data.size();
  return absl::OkStatus();
}

absl::Status PartFile::Restart() {
  if (ftruncate(fd_.get(), 0) != 0) return ErrnoError("cannot empty", path_);
  bytes_ = 0;
  return absl::OkStatus();
}

}  // namespace seekd
