// Small files replaced as a whole: write to a temporary name → fsync → rename →
// fsync of the folder. A crash leaves the old or the new content.
#ifndef SEEKD_CORE_STORAGE_ATOMIC_FILE_H_
#define SEEKD_CORE_STORAGE_ATOMIC_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage/posix_file.h"

namespace seekd {

// Mode 0600. The temporary name is `path`.tmp, so that one left by a crash is
// replaced: a path has one writer at a time.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content);

// The same, piece by piece. One that is destroyed before Commit leaves nothing.
class AtomicFileWriter {
 public:
  static absl::StatusOr<AtomicFileWriter> Create(std::string path);
  AtomicFileWriter(AtomicFileWriter&&) = default;
  ~AtomicFileWriter();

  absl::Status Append(std::string_view data) { return WriteFully(fd_, temporary_, data); }
  // REQUIRES: so much has been appended.
  absl::Status Overwrite(uint64_t offset, std::string_view data) {
    return WriteFullyAt(fd_, temporary_, offset, data);
  }
  // The file stands under its path, on disk. REQUIRES: once, and nothing after it.
  absl::Status Commit();

 private:
  AtomicFileWriter(std::string path, std::string temporary, UniqueFd fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

  std::string path_;
  std::string temporary_;
  UniqueFd fd_;  // none: moved from, or committed
};

// RESOURCE_EXHAUSTED when larger than `max_bytes`, FAILED_PRECONDITION when not
// a regular file. NOT_FOUND.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, uint64_t max_bytes);
// Creates it and its missing parents with mode 0700.
absl::Status CreatePrivateFolder(const std::string& path);
// Makes the folder's entries durable.
absl::Status SyncFolder(const std::string& path);
// Removes a file or a folder with all in it; OK when there is none.
absl::Status RemoveTree(const std::string& path);
// Sum of the apparent sizes below `path`, as `du -sb` counts files (folders left out,
// links not followed). NOT_FOUND.
absl::StatusOr<uint64_t> TreeBytes(const std::string& path);

// An exclusive flock on `path`, held until destroyed. UNAVAILABLE names the
// pid of the holder, which stands in the file.
class FileLock {
 public:
  static absl::StatusOr<FileLock> Acquire(const std::string& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORAGE_ATOMIC_FILE_H_
