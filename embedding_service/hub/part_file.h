// A file that is being downloaded: it grows at its end, over several runs of the program, and
// never beyond the size that the hub lists.
// Thread safety: one thread at a time, one process at a time (PullFolder's lock).
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_PART_FILE_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_PART_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage/posix_file.h"

namespace seekd {

class PartFile {
 public:
  // Goes on with what an earlier run left, or creates it with mode 0600. One that is longer than
  // `size` starts anew.
  static absl::StatusOr<PartFile> Open(std::string path, uint64_t size);

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }  // that are there
  bool complete() const { return bytes_ == size_; }

  // DATA_LOSS when the file would become longer than listed.
  absl::Status Append(std::string_view data);
  // Empties it.
  absl::Status Restart();
  absl::Status Sync() { return SyncFd(fd_, path_); }

 private:
  PartFile(std::string path, uint64_t size, UniqueFd fd, uint64_t bytes)
      : path_(std::move(path)), size_(size), fd_(std::move(fd)), bytes_(bytes) {}

  std::string path_;
  uint64_t size_;
  UniqueFd fd_;
  uint64_t bytes_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_PART_FILE_H_
