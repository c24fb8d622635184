#include "core/storage/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/posix_file.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

std::string ParentOf(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

absl::Status FilesystemError(std::string_view what, const std::string& path,
                             const std::error_code& error) {
  errno = error.value();
  return ErrnoError(what, path);
}

// What vanishes while it is being counted counts nothing.
bool Vanished(int error) { return error == ENOENT || error == ENOTDIR; }

absl::Status AddTreeBytes(const std::string& path, uint64_t* total) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return Vanished(errno) ? absl::OkStatus() : ErrnoError("cannot stat", path);
  }
  if (!S_ISDIR(info.st_mode)) {
    *total += static_cast<uint64_t>(info.st_size);
    return absl::OkStatus();
  }
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    ABSL_RETURN_IF_ERROR(AddTreeBytes(it->path().string(), total));
  }
  if (error && !Vanished(error.value())) return FilesystemError("cannot list", path, error);
  return absl::OkStatus();
}

// The pid that a lock's holder wrote, as text; "" when there is none.
std::string PidInLock(const UniqueFd& fd) {
  char text[24];
  const ssize_t got = pread(fd.get(), text, sizeof(text), 0);
  return got <= 0 ? ""
                  : std::string(absl::StripAsciiWhitespace(
                        absl::string_view(text, static_cast<size_t>(got))));
}

absl::Status LockHeldError(const UniqueFd& fd, const std::string& path) {
  const std::string pid = PidInLock(fd);
  return absl::UnavailableError(
      absl::StrCat(path, ": locked by ", pid.empty() ? "another process" : "process ", pid));
}

absl::Status WritePid(const UniqueFd& fd, const std::string& path) {
  if (ftruncate(fd.get(), 0) != 0) return ErrnoError("cannot truncate", path);
  return WriteFully(fd, path, absl::StrCat(getpid(), "\n"));
}

}  // namespace

absl::StatusOr<AtomicFileWriter> AtomicFileWriter::Create(std::string path) {
  std::string temporary = path + ".tmp";
  // What a crash left under this name goes first: it may have another mode.
  if (unlink(temporary.c_str()) != 0 && errno != ENOENT) {
    return ErrnoError("cannot replace", temporary);
  }
  ABSL_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600));
  return AtomicFileWriter(std::move(path), std::move(temporary), std::move(fd));
}

AtomicFileWriter::~AtomicFileWriter() {
  if (fd_.get() >= 0) unlink(temporary_.c_str());
}

absl::Status AtomicFileWriter::Commit() {
  ABSL_RETURN_IF_ERROR(SyncFd(fd_, temporary_));
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    return ErrnoError("cannot rename a temporary file to", path_);
  }
  fd_ = UniqueFd();
  return SyncFolder(ParentOf(path_));
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view content) {
  ABSL_ASSIGN_OR_RETURN(AtomicFileWriter writer, AtomicFileWriter::Create(path));
  ABSL_RETURN_IF_ERROR(writer.Append(content));
  return writer.Commit();
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, uint64_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  ABSL_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFd(path, O_RDONLY | O_NONBLOCK));
  ABSL_ASSIGN_OR_RETURN(const uint64_t size, RegularFileBytes(fd, path));
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": expected at most ", max_bytes, " bytes, found ", size));
  }
  std::string content(static_cast<size_t>(size), '\0');
  ABSL_RETURN_IF_ERROR(
      ReadFullyAt(fd, path, 0, {reinterpret_cast<uint8_t*>(content.data()), content.size()}));
  return content;
}

absl::Status CreatePrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return SyncFolder(ParentOf(path));
  if (errno == ENOENT) {
    const std::string parent = ParentOf(path);
    if (parent == path) return ErrnoError("cannot create the folder", path);
    ABSL_RETURN_IF_ERROR(CreatePrivateFolder(parent));
    if (mkdir(path.c_str(), 0700) == 0) return SyncFolder(parent);
  }
  if (errno != EEXIST) return ErrnoError("cannot create the folder", path);
  std::error_code error;
  if (fs::is_directory(path, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": expected a folder, found something else"));
}

absl::Status SyncFolder(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFd(path, O_RDONLY | O_DIRECTORY));
  return SyncFd(fd, path);
}

absl::Status RemoveTree(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return FilesystemError("cannot remove", path, error);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> TreeBytes(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return ErrnoError("cannot stat", path);
  uint64_t total = 0;
  ABSL_RETURN_IF_ERROR(AddTreeBytes(path, &total));
  return total;
}

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? LockHeldError(fd, path) : ErrnoError("cannot lock", path);
  }
  ABSL_RETURN_IF_ERROR(WritePid(fd, path));
  return FileLock(std::move(fd));
}

}  // namespace seekd
