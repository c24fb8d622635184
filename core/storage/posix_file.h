// The few POSIX calls that the files of this folder share: a descriptor that
// closes itself, whole reads and writes, fsync, and errno as a Status.
#ifndef SEEKD_CORE_STORAGE_POSIX_FILE_H_
#define SEEKD_CORE_STORAGE_POSIX_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd();

  int get() const { return fd_; }
  // The caller closes it.
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// "<what> <path>: <meaning of errno>" under the canonical code of errno.
absl::Status ErrnoError(std::string_view what, std::string_view path);

// open(2) with O_CLOEXEC. NOT_FOUND, PERMISSION_DENIED, ...
absl::StatusOr<UniqueFd> OpenFd(const std::string& path, int flags, unsigned mode = 0);
// FAILED_PRECONDITION where it is not a regular file.
absl::StatusOr<uint64_t> RegularFileBytes(const UniqueFd& fd, const std::string& path);
// Fills `out`. DATA_LOSS when the file ends before.
absl::Status ReadFullyAt(const UniqueFd& fd, const std::string& path, uint64_t offset,
                         std::span<uint8_t> out);
absl::Status WriteFully(const UniqueFd& fd, const std::string& path, std::string_view data);
// Leaves the descriptor's position where it is.
absl::Status WriteFullyAt(const UniqueFd& fd, const std::string& path, uint64_t offset,
                          std::string_view data);
// On disk, not only in the drive's cache (F_FULLFSYNC on macOS).
absl::Status SyncFd(const UniqueFd& fd, const std::string& path);

}  // namespace seekd

#endif  // SEEKD_CORE_STORAGE_POSIX_FILE_H_
