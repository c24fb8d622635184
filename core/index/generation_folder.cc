#include "core/index/generation_folder.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "gen-";
constexpr uint64_t kMaxCurrentBytes = 64;

std::optional<uint64_t> ParseGeneration(const std::string& name) {
  uint64_t number = 0;
  if (name.rfind(kPrefix, 0) != 0) return std::nullopt;
  const std::string digits = name.substr(sizeof(kPrefix) - 1);
  if (!absl::SimpleAtoi(digits, &number) || absl::StrCat(number) != digits) return std::nullopt;
  return number;
}

absl::StatusOr<std::vector<uint64_t>> ListGenerations(const std::string& folder) {
  std::vector<uint64_t> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (const auto number = ParseGeneration(it->path().filename().string())) {
      found.push_back(*number);
    }
  }
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": ", error.message()));
  return found;
}

}  // namespace

std::string GenerationPath(const std::string& folder, uint64_t generation) {
  return absl::StrCat(folder, "/", kPrefix, generation);
}

absl::StatusOr<std::shared_ptr<const Generation>> OpenCurrent(const std::string& folder,
                                                              const SharedCodebooks* codebooks) {
  const std::string path = absl::StrCat(folder, "/", kCurrentFile);
  absl::StatusOr<std::string> content = ReadWholeFile(path, kMaxCurrentBytes);
  if (absl::IsNotFound(content.status())) return nullptr;
  if (!content.ok()) return content.status();
  const bool ends = !content->empty() && content->back() == '\n';
  const auto number =
      ends ? ParseGeneration(content->substr(0, content->size() - 1)) : std::nullopt;
  if (!number) {
    return absl::DataLossError(
        absl::StrCat(path, ": expected \"gen-N\" and a line end, found ", content->size(),
                     " other bytes. Index the folder again to rebuild the index."));
  }
  absl::StatusOr<std::shared_ptr<const Generation>> generation =
      Generation::Open(GenerationPath(folder, *number), codebooks);
  if (absl::IsNotFound(generation.status())) {
    return absl::DataLossError(absl::StrCat(
        path, " names a generation with missing files: ", generation.status().message()));
  }
  return generation;
}

absl::StatusOr<uint64_t> NextGeneration(const std::string& folder) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<uint64_t> found, ListGenerations(folder));
  return found.empty() ? 1 : *std::max_element(found.begin(), found.end()) + 1;
}

absl::Status PublishGeneration(const std::string& folder, uint64_t generation) {
  ABSL_RETURN_IF_ERROR(SyncFolder(GenerationPath(folder, generation)));
  ABSL_RETURN_IF_ERROR(SyncFolder(folder));
  return WriteFileAtomically(absl::StrCat(folder, "/", kCurrentFile),
                             absl::StrCat(kPrefix, generation, "\n"));
}

absl::Status RemoveOtherGenerations(const std::string& folder, uint64_t keep) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<uint64_t> found, ListGenerations(folder));
  for (const uint64_t number : found) {
    if (number != keep) ABSL_RETURN_IF_ERROR(RemoveTree(GenerationPath(folder, number)));
  }
  return absl::OkStatus();
}

}  // namespace seekd
