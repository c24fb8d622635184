#include "embedding_service/model_files.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/storage/posix_file.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxIdBytes = 96;
// Modules of TorchScript and root certificates have no fixed names.
constexpr std::array<std::string_view, 7> kEndings = {".json", ".txt", ".safetensors", ".pt",
                                                      ".pth",  ".pem", ".crt"};
constexpr std::string_view kPoolingFile = "config.json";  // in a folder of its own: 1_Pooling

absl::Status CopyError(const fs::path& file, const std::error_code& error) {
  const std::string message = absl::StrCat(file.string(), ": cannot copy it: ", error.message());
  if (error == std::errc::no_space_on_device) return absl::ResourceExhaustedError(message);
  if (error == std::errc::permission_denied) return absl::PermissionDeniedError(message);
  return absl::UnknownError(message);
}

absl::Status CopyModelFile(const fs::path& from, const fs::path& to) {
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(to.parent_path().string()));
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return CopyError(from, error);
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return CopyError(to, error);
  ABSL_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFd(to.string(), O_RDONLY));
  ABSL_RETURN_IF_ERROR(SyncFd(fd, to.string()));
  return SyncFolder(to.parent_path().string());
}

absl::Status CopyModelFiles(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::recursive_directory_iterator entry(from, fs::directory_options::follow_directory_symlink,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_directory(error)) {
      if (entry.depth() > 0) entry.disable_recursion_pending();
      continue;
    }
    const fs::path name = entry->path().lexically_relative(from);
    if (!entry->is_regular_file(error) || !IsModelFile(name.string())) continue;
    ABSL_RETURN_IF_ERROR(CopyModelFile(entry->path(), to / name));
  }
  return error ? CopyError(from, error) : absl::OkStatus();
}

}  // namespace

std::string ModelIdOfFolder(const std::string& folder) {
  const fs::path path = fs::path(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

absl::Status ValidateModelId(const std::string& id) {
  const bool ok = !id.empty() && id.size() <= kMaxIdBytes && absl::ascii_isalnum(id.front()) &&
                  std::ranges::all_of(id, [](unsigned char c) {
                    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
                  });
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("model name \"", id.substr(0, kMaxIdBytes), "\": expected 1 to ", kMaxIdBytes,
                   " of letters, digits, '.', '_' and '-', a letter or a digit first"));
}

bool IsModelFile(std::string_view name) {
  if (name.starts_with('.')) return false;
  const size_t slash = name.find('/');
  if (slash != std::string_view::npos) return name.substr(slash + 1) == kPoolingFile;
  return name == "codebooks.bin" || name == "README.md" || name.starts_with("LICENSE") ||
         std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); });
}

absl::Status CopyModelFolder(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!fs::is_directory(from, error)) {
    return absl::NotFoundError(absl::StrCat(from, ": expected a model's folder"));
  }
  if (fs::exists(to, error)) return absl::AlreadyExistsError(absl::StrCat(to, " is there already"));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(to));
  const absl::Status copied = CopyModelFiles(from, to);
  if (!copied.ok()) RemoveTree(to).IgnoreError();
  return copied;
}

}  // namespace seekd
