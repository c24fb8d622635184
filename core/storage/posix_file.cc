#include "core/storage/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

// Linux moves at most 2 GiB - 4 KiB per call, macOS refuses more than INT_MAX.
constexpr size_t kMaxBytesPerCall = size_t{1} << 30;

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) close(fd_);
}

absl::Status ErrnoError(std::string_view what, std::string_view path) {
  const int error = errno;
  const std::string message = absl::StrCat(absl::string_view(what.data(), what.size()), " ",
                                           absl::string_view(path.data(), path.size()));
  return absl::ErrnoToStatus(error, message);
}

absl::StatusOr<UniqueFd> OpenFd(const std::string& path, int flags, unsigned mode) {
  int fd;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoError("cannot open", path);
  return UniqueFd(fd);
}

absl::StatusOr<uint64_t> RegularFileBytes(const UniqueFd& fd, const std::string& path) {
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoError("cannot stat", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": expected a regular file"));
  }
  return static_cast<uint64_t>(info.st_size);
}

absl::Status ReadFullyAt(const UniqueFd& fd, const std::string& path, uint64_t offset,
                         std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = pread(fd.get(), out.data(), std::min(out.size(), kMaxBytesPerCall),
                              static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError("cannot read", path);
    if (got == 0) {
      return absl::DataLossError(absl::StrCat(path, ": expected ", out.size(),
                                              " more bytes at offset ", offset,
                                              ", found the end of the file"));
    }
    offset += static_cast<uint64_t>(got);
    out = out.subspan(static_cast<size_t>(got));
  }
  return absl::OkStatus();
}

absl::Status WriteFully(const UniqueFd& fd, const std::string& path, std::string_view data) {
  while (!data.empty()) {
    const ssize_t put = write(fd.get(), data.data(), std::min(data.size(), kMaxBytesPerCall));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return ErrnoError("cannot write", path);
    data.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status WriteFullyAt(const UniqueFd& fd, const std::string& path, uint64_t offset,
                          std::string_view data) {
  while (!data.empty()) {
    const ssize_t put = pwrite(fd.get(), data.data(), std::min(data.size(), kMaxBytesPerCall),
                               static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return ErrnoError("cannot write", path);
    offset += static_cast<uint64_t>(put);
    data.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status SyncFd(const UniqueFd& fd, const std::string& path) {
#if defined(F_FULLFSYNC)
  if (fcntl(fd.get(), F_FULLFSYNC) == 0) return absl::OkStatus();
    // Network and some foreign file systems know only fsync.
#endif
  int result;
  do {
    result = fsync(fd.get());
  } while (result != 0 && errno == EINTR);
  if (result != 0) return ErrnoError("cannot fsync", path);
  return absl::OkStatus();
}

}  // namespace seekd
