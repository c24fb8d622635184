#include "core/storage/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {

absl::StatusOr<std::unique_ptr<MappedFile>> MappedFile::Open(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFd(path, O_RDONLY | O_NONBLOCK));
  return Map(fd, path);
}

absl::StatusOr<std::unique_ptr<MappedFile>> MappedFile::Map(const UniqueFd& fd,
                                                            const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const uint64_t size, RegularFileBytes(fd, path));
  if (size == 0) return std::unique_ptr<MappedFile>(new MappedFile(path, {}));
  void* const at = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return ErrnoError("cannot map", path);
  return std::unique_ptr<MappedFile>(
      new MappedFile(path, std::span(static_cast<const uint8_t*>(at), static_cast<size_t>(size))));
}

MappedFile::MappedFile(const std::string& path, std::span<const uint8_t> bytes)
    : path_(path), bytes_(bytes) {
  if (!bytes_.empty()) guard_.emplace(bytes_.data(), bytes_.size());
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  guard_.reset();  // before the addresses can belong to somebody else
  munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

// Advice: where it is not taken, the pages stay, and all is right.
void MappedFile::ReleasePages() const {
  if (bytes_.empty()) return;
  madvise(const_cast<uint8_t*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

absl::Status MappedFile::status() const {
  if (!guard_.has_value()) return absl::OkStatus();
  const uint64_t lost = guard_->first_lost_offset();
  if (lost == SigbusGuard::kNothingLost) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(path_, ": expected ", bytes_.size(), " readable bytes, but offset ", lost,
                   " cannot be read: the file was truncated or the disk failed"));
}

}  // namespace seekd
