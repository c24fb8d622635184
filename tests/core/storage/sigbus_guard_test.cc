#include "core/storage/sigbus_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/storage/mapped_file.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

const uint8_t* MapWithoutGuard(const std::string& path, size_t size) {
  const int fd = open(path.c_str(), O_RDONLY);
  void* const at = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<const uint8_t*>(at);
}

// Through a volatile, so that the read happens.
uint8_t ReadByte(const uint8_t* at) { return *static_cast<const volatile uint8_t*>(at); }

CATCH_TEST_CASE("a lost page marks its own mapping and no other") {
  const TempFolder folder;
  const std::string kept = folder.File("kept");
  const std::string lost = folder.File("lost");
  WriteRaw(kept, std::string(1 << 20, 'k'));
  WriteRaw(lost, std::string(1 << 20, 'l'));
  // Enough neighbours that slots are reused in between.
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<MappedFile>> kept_maps;
    for (int i = 0; i < 5; ++i) kept_maps.push_back(MappedFile::Open(kept).value());
    WriteRaw(lost, std::string(1 << 20, 'l'));
    const auto file = MappedFile::Open(lost).value();
    std::filesystem::resize_file(lost, 0);
    CATCH_CHECK(ReadByte(&file->bytes()[700000]) == 0);
    CATCH_CHECK(absl::IsDataLoss(file->status()));
    CATCH_CHECK(std::string(file->status().message()).find("700000") != std::string::npos);
    for (const auto& map : kept_maps) {
      CATCH_CHECK(ReadByte(&map->bytes()[700000]) == 'k');
      CATCH_CHECK(map->status().ok());
    }
  }
}

CATCH_TEST_CASE("an empty file maps to nothing") {
  const TempFolder folder;
  WriteRaw(folder.File("empty"), "");
  const auto file = MappedFile::Open(folder.File("empty")).value();
  CATCH_CHECK(file->bytes().empty());
  CATCH_CHECK(file->status().ok());
}

CATCH_TEST_CASE("a fault outside the guarded ranges still ends the process") {
  const TempFolder folder;
  const std::string path = folder.File("file");
  WriteRaw(path, std::string(1 << 16, 'x'));
  const auto guarded = MappedFile::Open(path).value();
  const uint8_t* const unguarded = MapWithoutGuard(path, 1 << 16);
  CATCH_REQUIRE(unguarded != nullptr);
  std::filesystem::resize_file(path, 0);

  const pid_t child = fork();
  if (child == 0) {
    // A sanitizer's report of the expected fault would only confuse.
    close(STDERR_FILENO);
    ReadByte(guarded->bytes().data());
    ReadByte(unguarded);
    _exit(0);
  }
  int status = 0;
  CATCH_REQUIRE(waitpid(child, &status, 0) == child);
  CATCH_CHECK_FALSE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

}  // namespace
}  // namespace seekd
