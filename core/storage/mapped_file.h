// A whole file mapped read-only and guarded against SIGBUS (sigbus_guard.h).
// The bytes are as many as the file had at Open; a page that is lost later reads
// as zeros and shows in status().
//
// Thread safety: any thread may call any const member.
#ifndef SEEKD_CORE_STORAGE_MAPPED_FILE_H_
#define SEEKD_CORE_STORAGE_MAPPED_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage/posix_file.h"
#include "core/storage/sigbus_guard.h"

namespace seekd {

class MappedFile {
 public:
  // NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION (not a regular file).
  static absl::StatusOr<std::unique_ptr<MappedFile>> Open(const std::string& path);
  // Maps an open file; `path` is for messages.
  static absl::StatusOr<std::unique_ptr<MappedFile>> Map(const UniqueFd& fd,
                                                         const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const uint8_t> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }
  // Takes the pages out of this process's memory; a later read brings them back.
  void ReleasePages() const;
  // DATA_LOSS, naming the offset, once a page could not be read.
  absl::Status status() const;

 private:
  MappedFile(const std::string& path, std::span<const uint8_t> bytes);

  const std::string path_;
  const std::span<const uint8_t> bytes_;
  std::optional<SigbusGuard> guard_;  // none for an empty file
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORAGE_MAPPED_FILE_H_
