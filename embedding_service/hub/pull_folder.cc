#include "embedding_service/hub/pull_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/hub/pull_choice.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

constexpr char kPartEnding[] = ".part";

absl::StatusOr<UniqueFd> LockFolder(const std::string& folder) {
  ABSL_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(folder, O_RDONLY | O_DIRECTORY));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return ErrnoError("cannot lock", folder);
  return absl::UnavailableError(absl::StrCat(folder, ": another pull into it is at work"));
}

absl::StatusOr<std::vector<fs::path>> EntriesOf(const std::string& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  if (!error) return entries;
  errno = error.value();
  return ErrnoError("cannot list", folder);
}

}  // namespace

absl::StatusOr<PullFolder> PullFolder::Open(std::string folder, ModelSource pin) {
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(folder));
  ABSL_ASSIGN_OR_RETURN(UniqueFd lock, LockFolder(folder));
  PullFolder pull(std::move(folder), std::move(lock), std::move(pin));
  ABSL_RETURN_IF_ERROR(pull.Claim());
  return pull;
}

// The marker comes before anything else, and before a SOURCE.json goes.
absl::Status PullFolder::Claim() {
  absl::StatusOr<ModelSource> holder = ReadModelSourceFile(PathOf(kPullMarkerName));
  if (absl::IsNotFound(holder.status())) holder = ReadModelSource(folder_);
  if (absl::IsNotFound(holder.status())) {
    // A crash in the first moment of a pull leaves this one.
    ABSL_RETURN_IF_ERROR(RemoveTree(PathOf(kPullMarkerName) + ".tmp"));
    ABSL_ASSIGN_OR_RETURN(const std::vector<fs::path> entries, EntriesOf(folder_));
    if (!entries.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(folder_, ": expected an empty folder or a model that was pulled, found ",
                       entries[0].filename().string(), " and no ", kModelSourceName,
                       ". Move it away, or pull to another folder"));
    }
  } else {
    ABSL_RETURN_IF_ERROR(holder.status());
    if (holder->repository != source_.repository || holder->commit != source_.commit) {
      ABSL_RETURN_IF_ERROR(Clear());
    }
  }
  ABSL_RETURN_IF_ERROR(WriteModelSource(source_, PathOf(kPullMarkerName)));
  return RemoveTree(PathOf(kModelSourceName));
}

// The marker goes last: until then the folder is known as ours.
absl::Status PullFolder::Clear() const {
  ABSL_ASSIGN_OR_RETURN(const std::vector<fs::path> entries, EntriesOf(folder_));
  for (const fs::path& entry : entries) {
    if (entry.filename() != kPullMarkerName) ABSL_RETURN_IF_ERROR(RemoveTree(entry.string()));
  }
  return RemoveTree(PathOf(kPullMarkerName));
}

absl::StatusOr<std::string> PullFolder::PartPath(const std::string& name) const {
  const fs::path path = PathOf(name) + kPartEnding;
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(path.parent_path().string()));
  return path.string();
}

std::string PullFolder::WhereIs(const std::string& name) const {
  std::error_code ignored;
  for (const std::string& path : {PathOf(name) + kPartEnding, PathOf(name)}) {
    if (fs::is_regular_file(fs::symlink_status(path, ignored))) return path;
  }
  return "";
}

uint64_t PullFolder::BytesOf(const std::string& name) const {
  const std::string path = WhereIs(name);
  std::error_code error;
  const uint64_t bytes = path.empty() ? 0 : fs::file_size(path, error);
  return error ? 0 : bytes;
}

absl::Status PullFolder::CheckSpace(const std::vector<HubFile>& files) const {
  uint64_t lacking = 0;
  for (const HubFile& file : files) lacking += file.size - std::min(file.size, BytesOf(file.name));
  std::error_code error;
  const fs::space_info space = fs::space(folder_, error);
  // A file system that does not say is found out by writing.
  if (error || space.available == static_cast<uintmax_t>(-1) || lacking <= space.available) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat(folder_, ": the model needs ", lacking, " more bytes, and the file system has ",
                   space.available, " free. Make room, or pull to a folder on another one"));
}

void PullFolder::Add(const std::string& name, const FileDigests& digests) {
  source_.files.push_back({name, digests.size, digests.sha256});
}

absl::Status PullFolder::GiveName(const std::string& name) const {
  const std::string path = PathOf(name);
  if (WhereIs(name) == path) return absl::OkStatus();
  if (rename((path + kPartEnding).c_str(), path.c_str()) != 0) {
    return ErrnoError("cannot rename a finished part to", path);
  }
  return SyncFolder(fs::path(path).parent_path().string());
}

absl::StatusOr<ModelSource> PullFolder::Finish() {
  std::sort(source_.files.begin(), source_.files.end(),
            [](const ModelSourceFile& a, const ModelSourceFile& b) { return a.name < b.name; });
  for (const ModelSourceFile& file : source_.files) {
    if (file.name != kConfigName) ABSL_RETURN_IF_ERROR(GiveName(file.name));
  }
  ABSL_RETURN_IF_ERROR(GiveName(kConfigName));
  ABSL_RETURN_IF_ERROR(WriteModelSource(source_, PathOf(kModelSourceName)));
  ABSL_RETURN_IF_ERROR(RemoveTree(PathOf(kPullMarkerName)));
  return source_;
}

}  // namespace seekd
