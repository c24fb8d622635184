#include "embedding_service/model_location.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <climits>
#endif

#include "absl/strings/str_cat.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

// "" when the system does not tell.
fs::path ProgramPath() {
  std::error_code error;
#ifdef __APPLE__
  char path[PATH_MAX];
  uint32_t size = sizeof(path);
  if (_NSGetExecutablePath(path, &size) != 0) return {};
  return fs::canonical(path, error);
#else
  return fs::read_symlink("/proc/self/exe", error);
#endif
}

absl::StatusOr<std::string> CheckDir(const fs::path& dir, const std::string& named_by) {
  std::error_code error;
  if (fs::is_regular_file(dir / "config.json", error)) return dir.string();
  return absl::NotFoundError(
      absl::StrCat("no model in ", dir.string(), " (", named_by, "): no config.json there"));
}

fs::path ModelsDirOf(const fs::path& program_dir) {
  return (program_dir / ".." / "share" / "seekd" / "models").lexically_normal();
}

}  // namespace

absl::StatusOr<std::string> ChooseModelDir(const std::string& configured,
                                           const std::string& environment,
                                           const std::string& program_dir) {
  if (!configured.empty()) return CheckDir(configured, "configured");
  if (!environment.empty()) return CheckDir(environment, "SEEKD_MODEL");
  return CheckDir(ModelsDirOf(program_dir) / kDefaultModelId, "beside the program");
}

std::string InstalledModelsDir() { return ModelsDirOf(ProgramPath().parent_path()).string(); }

absl::StatusOr<std::string> FindModelDir(const std::string& configured) {
  const char* environment = std::getenv("SEEKD_MODEL");
  return ChooseModelDir(configured, environment == nullptr ? "" : environment,
                        ProgramPath().parent_path().string());
}

}  // namespace seekd
