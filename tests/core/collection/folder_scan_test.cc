#include "core/collection/folder_scan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::TempFolder;

std::vector<std::string> Names(const TempFolder& folder, const FolderListing& listing) {
  std::vector<std::string> names;
  for (const FoundFile& file : listing.files) {
    names.push_back(file.path.substr(folder.path().size() + 1));
  }
  return names;
}

std::map<std::string, std::string> Skipped(const TempFolder& folder, const FolderListing& listing) {
  std::map<std::string, std::string> skipped;
  for (const SkippedFile& file : listing.skipped) {
    skipped[file.path.substr(folder.path().size() + 1)] = file.reason;
  }
  return skipped;
}

CATCH_TEST_CASE("Every entry is found or skipped with a reason") {
  const TempFolder folder;
  folder.Write("a.md", "hello");
  folder.Write("sub/b.txt", "world");
  folder.Write(".hidden/c.txt", "x");
  folder.Write("build/out.txt", "x");
  folder.Write("big.txt", std::string(2000, 'x'));
  folder.Write(".gitignore", "build/\n*.log\n");
  folder.Write("sub/.seekignore", "!keep.log\nsecret*\n");
  folder.Write("sub/keep.log", "kept");
  folder.Write("sub/drop.log", "kept too");
  folder.Write("sub/secret.txt", "x");
  folder.Write("x.log", "x");
  std::filesystem::create_symlink(folder.File("a.md"), folder.File("link.md"));
  CATCH_REQUIRE(mkfifo(folder.File("pipe").c_str(), 0600) == 0);

  const auto listing = ScanFolder(folder.path(), ScanOptions{1000}, nullptr);
  CATCH_REQUIRE(listing.ok());
  CATCH_CHECK(Names(folder, *listing) ==
              std::vector<std::string>{"a.md", "sub/b.txt", "sub/keep.log"});
  CATCH_CHECK(listing->total_bytes == 14);
  const auto skipped = Skipped(folder, *listing);
  CATCH_CHECK(skipped.at(".hidden") == "hidden");
  CATCH_CHECK(skipped.at("link.md") == "symbolic link");
  CATCH_CHECK(skipped.at("pipe") == "not a regular file");
  CATCH_CHECK(skipped.at("big.txt").find("2000 bytes") != std::string::npos);
  for (const char* ignored : {"build", "x.log", "sub/drop.log", "sub/secret.txt"}) {
    CATCH_CHECK(skipped.at(ignored) == "ignored by .gitignore or .seekignore");
  }
  CATCH_CHECK(skipped.size() == 8);
}

CATCH_TEST_CASE("File names that are not UTF-8 are skipped, not lost") {
  const TempFolder folder;
  folder.Write("caf\xe9.txt", "x");
  folder.Write("caf\xc3\xa9.txt", "x");
  const auto listing = ScanFolder(folder.path(), ScanOptions(), nullptr);
  CATCH_REQUIRE(listing.ok());
  CATCH_CHECK(listing->files.size() == 1);
  CATCH_REQUIRE(listing->skipped.size() == 1);
  CATCH_CHECK(listing->skipped[0].reason == "file name is not valid UTF-8");
}

CATCH_TEST_CASE("A bad root is an error, never an empty listing") {
  const TempFolder folder;
  folder.Write("file", "x");
  CATCH_CHECK(
      absl::IsNotFound(ScanFolder(folder.File("nowhere"), ScanOptions(), nullptr).status()));
  CATCH_CHECK(
      absl::IsInvalidArgument(ScanFolder(folder.File("file"), ScanOptions(), nullptr).status()));
}

CATCH_TEST_CASE("A folder that cannot be read is remembered") {
  if (geteuid() == 0) return;  // root reads everything
  const TempFolder folder;
  folder.Write("closed/a.txt", "x");
  std::filesystem::permissions(folder.File("closed"), std::filesystem::perms::none);
  const auto listing = ScanFolder(folder.path(), ScanOptions(), nullptr);
  std::filesystem::permissions(folder.File("closed"), std::filesystem::perms::owner_all);
  CATCH_REQUIRE(listing.ok());
  CATCH_CHECK(listing->unreadable_folders == std::vector<std::string>{folder.File("closed")});
}

}  // namespace
}  // namespace seekd
