#include "core/storage/atomic_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

bool Contains(const absl::Status& status, std::string_view part) {
  return std::string(status.message()).find(part) != std::string::npos;
}

CATCH_TEST_CASE("an atomic write replaces the whole file and leaves nothing beside it") {
  const TempFolder folder;
  const std::string path = folder.File("state");
  CATCH_REQUIRE(WriteFileAtomically(path, std::string(100000, 'a')).ok());
  // A longer left-over of a crash must not shine through.
  WriteRaw(path + ".tmp", std::string(200000, 'x'));
  CATCH_REQUIRE(WriteFileAtomically(path, std::string_view("b\0c", 3)).ok());
  CATCH_CHECK(ReadWholeFile(path, 3).value() == std::string_view("b\0c", 3));
  CATCH_CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
  struct stat info;
  CATCH_REQUIRE(stat(path.c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0600);
}

CATCH_TEST_CASE("a failed atomic write keeps the old content and names the path") {
  const TempFolder folder;
  const std::string inside_nothing = folder.File("missing/state");
  const absl::Status status = WriteFileAtomically(inside_nothing, "x");
  CATCH_CHECK(status.code() == absl::StatusCode::kNotFound);
  CATCH_CHECK(Contains(status, inside_nothing));

  const std::string blocked = folder.File("state");
  std::filesystem::create_directory(blocked);
  CATCH_CHECK_FALSE(WriteFileAtomically(blocked, "x").ok());
  CATCH_CHECK_FALSE(std::filesystem::exists(blocked + ".tmp"));
}

CATCH_TEST_CASE("reading refuses what is missing, too large or no file") {
  const TempFolder folder;
  WriteRaw(folder.File("four"), "1234");
  CATCH_CHECK(ReadWholeFile(folder.File("four"), 4).value() == "1234");
  CATCH_CHECK(absl::IsResourceExhausted(ReadWholeFile(folder.File("four"), 3).status()));
  CATCH_CHECK(absl::IsNotFound(ReadWholeFile(folder.File("none"), 3).status()));
  CATCH_CHECK(absl::IsFailedPrecondition(ReadWholeFile(folder.path(), 3).status()));
  CATCH_REQUIRE(mkfifo(folder.File("fifo").c_str(), 0600) == 0);
  CATCH_CHECK(absl::IsFailedPrecondition(ReadWholeFile(folder.File("fifo"), 3).status()));
  WriteRaw(folder.File("empty"), "");
  CATCH_CHECK(ReadWholeFile(folder.File("empty"), 0).value().empty());
}

CATCH_TEST_CASE("private folders are made with their parents, and removed with their content") {
  const TempFolder folder;
  const std::string deep = folder.File("a/b/c");
  CATCH_REQUIRE(CreatePrivateFolder(deep).ok());
  CATCH_REQUIRE(CreatePrivateFolder(deep).ok());
  struct stat info;
  CATCH_REQUIRE(stat(folder.File("a").c_str(), &info) == 0);
  CATCH_CHECK((info.st_mode & 0777) == 0700);

  WriteRaw(folder.File("file"), "x");
  CATCH_CHECK(absl::IsFailedPrecondition(CreatePrivateFolder(folder.File("file"))));
  CATCH_CHECK_FALSE(CreatePrivateFolder(folder.File("file/below")).ok());

  WriteRaw(deep + "/file", "x");
  CATCH_REQUIRE(RemoveTree(folder.File("a")).ok());
  CATCH_CHECK_FALSE(std::filesystem::exists(folder.File("a")));
  CATCH_CHECK(RemoveTree(folder.File("a")).ok());
}

CATCH_TEST_CASE("TreeBytes sums apparent file sizes and follows no link") {
  const TempFolder folder;
  CATCH_REQUIRE(CreatePrivateFolder(folder.File("a/b")).ok());
  WriteRaw(folder.File("x"), std::string(10, 'x'));
  WriteRaw(folder.File("a/y"), std::string(200, 'x'));
  WriteRaw(folder.File("a/b/z"), std::string(3000, 'x'));
  CATCH_CHECK(TreeBytes(folder.path()).value() == 3210);
  CATCH_REQUIRE(symlink(folder.path().c_str(), folder.File("a/b/up").c_str()) == 0);
  CATCH_CHECK(TreeBytes(folder.path()).value() == 3210 + folder.path().size());
  CATCH_CHECK(absl::IsNotFound(TreeBytes(folder.File("none")).status()));
}

CATCH_TEST_CASE("a lock is exclusive, names its holder and ends with its object") {
  const TempFolder folder;
  const std::string path = folder.File("LOCK");
  {
    absl::StatusOr<FileLock> first = FileLock::Acquire(path);
    CATCH_REQUIRE(first.ok());
    const FileLock moved = std::move(first).value();
    const absl::StatusOr<FileLock> second = FileLock::Acquire(path);
    CATCH_CHECK(absl::IsUnavailable(second.status()));
    CATCH_CHECK(Contains(second.status(), std::to_string(getpid())));
  }
  CATCH_CHECK(FileLock::Acquire(path).ok());
}

}  // namespace
}  // namespace seekd
