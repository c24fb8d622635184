#include "core/base/location.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

std::optional<std::string> AbsolutePath(const Environment& environment, const char* variable) {
  std::optional<std::string> path = environment(variable);
  if (!path || path->front() != '/') return std::nullopt;
  while (path->size() > 1 && path->back() == '/') path->pop_back();
  return path;
}

absl::StatusOr<std::string> BelowHome(const Environment& environment, const char* folder) {
  std::optional<std::string> home = AbsolutePath(environment, "HOME");
  if (home) return absl::StrCat(*home, "/", folder);
  return absl::FailedPreconditionError(
      "expected HOME to be an absolute path; set it, or name the path with an option");
}

absl::StatusOr<std::string> Below(const Environment& environment, const Platform& platform,
                                  const char* xdg_variable, const char* below_home) {
  if (platform.macos) return BelowHome(environment, "Library/Application Support");
  if (auto folder = AbsolutePath(environment, xdg_variable)) return *folder;
  return BelowHome(environment, below_home);
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

Platform ThisPlatform() {
#ifdef __APPLE__
  return {.macos = true, .uid = getuid()};
#else
  return {.macos = false, .uid = getuid()};
#endif
}

absl::StatusOr<std::string> DefaultDataDir(const Environment& environment,
                                           const Platform& platform) {
  ABSL_ASSIGN_OR_RETURN(const std::string folder,
                        Below(environment, platform, "XDG_DATA_HOME", ".local/share"));
  return folder + "/seekd";
}

absl::StatusOr<std::string> DefaultConfigFile(const Environment& environment,
                                              const Platform& platform) {
  ABSL_ASSIGN_OR_RETURN(const std::string folder,
                        Below(environment, platform, "XDG_CONFIG_HOME", ".config"));
  return folder + "/seekd/seekd.toml";
}

std::string DefaultSocketPath(const Environment& environment, const Platform& platform) {
  const char* variable = platform.macos ? "TMPDIR" : "XDG_RUNTIME_DIR";
  if (auto folder = AbsolutePath(environment, variable)) return *folder + "/seekd/seekd.sock";
  return absl::StrCat("/tmp/seekd-", platform.uid, "/seekd.sock");
}

std::string ResolveSocketPath(const std::string& path) {
  if (!path.empty()) return path;
  const Environment environment = ProcessEnvironment();
  if (auto from_environment = environment("SEEKD_SOCKET")) return *from_environment;
  return DefaultSocketPath(environment, ThisPlatform());
}

absl::Status CheckPrivateFolder(const std::string& folder) {
  struct stat info;
  if (lstat(folder.c_str(), &info) != 0) {
    const std::string message = absl::StrCat(folder, ": ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(message) : absl::FailedPreconditionError(message);
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(folder, ": expected a folder"));
  }
  if (info.st_uid != getuid()) {
    return absl::FailedPreconditionError(absl::StrCat(folder, ": expected a folder owned by user ",
                                                      getuid(), ", found user ", info.st_uid));
  }
  if ((info.st_mode & 0777) != 0700) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s: expected mode 0700, found 0%o; run: chmod 700 %s", folder,
                        info.st_mode & 0777, folder));
  }
  return absl::OkStatus();
}

}  // namespace seekd
