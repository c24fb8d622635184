#include "core/collection/folder_scan.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/text/ignore_rules.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

constexpr uint64_t kMaxIgnoreFileBytes = 1 << 20;
constexpr const char* kIgnoreFiles[] = {".gitignore", ".seekignore"};

struct Folder {
  std::string path;      // absolute
  std::string relative;  // to the root; "" for the root itself
  std::shared_ptr<const IgnoreRules> rules;
};

struct Closer {
  void operator()(DIR* dir) const { closedir(dir); }
};

std::string Join(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.back() == '/' ? folder + name : absl::StrCat(folder, "/", name);
}

int64_t ModifyTimeNs(const struct stat& info) {
#ifdef __APPLE__
  const timespec& t = info.st_mtimespec;
#else
  const timespec& t = info.st_mtim;
#endif
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

class Scanner {
 public:
  Scanner(std::string root, const ScanOptions& options)
      : root_(std::move(root)), options_(options) {}

  absl::StatusOr<FolderListing> Run(const CancellationPtr& cancellation) {
    ABSL_RETURN_IF_ERROR(CheckRoot());
    std::vector<Folder> stack;
    stack.push_back({root_, "", nullptr});
    while (!stack.empty()) {
      if (IsCancelled(cancellation)) return absl::CancelledError("indexing was cancelled");
      Folder folder = std::move(stack.back());
      stack.pop_back();
      Visit(std::move(folder), &stack);
    }
    // Documents of one folder come one after the other: equal neighbours in the
    // store compress better, and progress reads naturally.
    std::sort(listing_.files.begin(), listing_.files.end(),
              [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
    return std::move(listing_);
  }

 private:
  absl::Status CheckRoot() const {
    struct stat info;
    if (stat(root_.c_str(), &info) != 0) {
      return errno == EACCES
                 ? absl::PermissionDeniedError(absl::StrCat(root_, ": ", std::strerror(errno)))
                 : absl::NotFoundError(absl::StrCat(root_, ": ", std::strerror(errno)));
    }
    if (!S_ISDIR(info.st_mode)) {
      return absl::InvalidArgumentError(absl::StrCat(root_, " is not a folder"));
    }
    if (std::unique_ptr<DIR, Closer> dir(opendir(root_.c_str())); dir == nullptr) {
      return absl::PermissionDeniedError(absl::StrCat(root_, ": ", std::strerror(errno)));
    }
    return absl::OkStatus();
  }

  void Skip(std::string path, std::string reason) {
    listing_.skipped.push_back({std::move(path), root_, std::move(reason)});
  }

  void Visit(Folder folder, std::vector<Folder>* stack) {
    std::vector<std::string> names;
    if (!ReadNames(folder.path, &names)) return;
    folder.rules = ReadIgnoreFiles(folder, names);
    for (const std::string& name : names) VisitEntry(folder, name, stack);
  }

  bool ReadNames(const std::string& path, std::vector<std::string>* names) {
    std::unique_ptr<DIR, Closer> dir(opendir(path.c_str()));
    if (dir == nullptr) {
      listing_.unreadable_folders.push_back(path);
      Skip(path, absl::StrCat("folder cannot be read: ", std::strerror(errno)));
      return false;
    }
    while (const dirent* entry = readdir(dir.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names->emplace_back(name);
    }
    return true;
  }

  std::shared_ptr<const IgnoreRules> ReadIgnoreFiles(const Folder& folder,
                                                     const std::vector<std::string>& names) {
    std::shared_ptr<const IgnoreRules> rules = folder.rules;
    for (const char* file : kIgnoreFiles) {
      if (std::find(names.begin(), names.end(), file) == names.end()) continue;
      const std::string path = Join(folder.path, file);
      const absl::StatusOr<std::string> patterns = ReadWholeFile(path, kMaxIgnoreFileBytes);
      if (patterns.ok()) {
        rules = IgnoreRules::Extend(rules, folder.relative, *patterns);
      } else {
        Skip(path,
             absl::StrCat("ignore file not applied: ", std::string(patterns.status().message())));
      }
    }
    return rules;
  }

  void VisitEntry(const Folder& folder, const std::string& name, std::vector<Folder>* stack) {
    const std::string path = Join(folder.path, name);
    const std::string relative = Join(folder.relative, name);
    if (ValidUtf8Prefix(name) != name.size()) {
      return Skip(RepairUtf8(path), "file name is not valid UTF-8");
    }
    if (name.front() == '.') {
      const bool is_rules = std::find(std::begin(kIgnoreFiles), std::end(kIgnoreFiles), name) !=
                            std::end(kIgnoreFiles);
      if (!is_rules) Skip(path, "hidden");
      return;
    }
    struct stat info;
    if (lstat(path.c_str(), &info) != 0) {
      return Skip(path, absl::StrCat("vanished or unreadable: ", std::strerror(errno)));
    }
    const bool is_folder = S_ISDIR(info.st_mode);
    if (folder.rules != nullptr && folder.rules->Ignores(relative, is_folder)) {
      return Skip(path, "ignored by .gitignore or .seekignore");
    }
    if (is_folder) {
      stack->push_back({path, relative, folder.rules});
    } else {
      VisitFile(path, info);
    }
  }

  void VisitFile(const std::string& path, const struct stat& info) {
    if (S_ISLNK(info.st_mode)) return Skip(path, "symbolic link");
    if (!S_ISREG(info.st_mode)) return Skip(path, "not a regular file");
    const auto size = static_cast<uint64_t>(info.st_size);
    if (size > options_.max_file_bytes) {
      return Skip(path, absl::StrCat("too large (", size, " bytes; at most ",
                                     options_.max_file_bytes, ")"));
    }
    listing_.total_bytes += size;
    listing_.files.push_back({path, size, ModifyTimeNs(info)});
  }

  const std::string root_;
  const ScanOptions options_;
  FolderListing listing_;
};

}  // namespace

absl::StatusOr<FolderListing> ScanFolder(const std::string& root, const ScanOptions& options,
                                         const CancellationPtr& cancellation) {
  return Scanner(root, options).Run(cancellation);
}

}  // namespace seekd
