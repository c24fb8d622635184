#include "core/storage/checked_file.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/crc32c.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr std::string_view kMagic = "SEEKTEST";
constexpr uint32_t kVersion = 3;

std::vector<uint8_t> RandomBytes(size_t size, uint32_t seed = 1) {
  std::mt19937 rng(seed);
  std::vector<uint8_t> bytes(size);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(rng());
  return bytes;
}

// Writes `payload` and hands out the path.
std::string Write(const TempFolder& folder, std::span<const uint8_t> payload) {
  const std::string path = folder.File("file");
  const absl::StatusOr<uint64_t> size = WriteCheckedFile(path, kMagic, kVersion, payload);
  CATCH_REQUIRE(size.ok());
  CATCH_REQUIRE(*size == ReadRaw(path).size());
  return path;
}

uint64_t SumOfBytes(std::span<const uint8_t> bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
}

CATCH_TEST_CASE("payloads of every block shape round-trip") {
  const TempFolder folder;
  for (const size_t size : {0, 1, 65535, 65536, 65537, 3 * 65536, 300001}) {
    const std::vector<uint8_t> payload = RandomBytes(size);
    const auto file = CheckedFile::Open(Write(folder, payload), kMagic, kVersion);
    CATCH_REQUIRE(file.ok());
    CATCH_CHECK((*file)->file_bytes() == 64 + size + 4 * ((size + 65535) / 65536));
    CATCH_CHECK((*file)->Touch(0, size));
    CATCH_CHECK(std::ranges::equal((*file)->bytes(), payload));
    CATCH_CHECK((*file)->status().ok());
  }
}

CATCH_TEST_CASE("a file written in pieces is the file written at once") {
  const TempFolder folder;
  std::mt19937 rng(4);
  for (const size_t size : {0, 1, 65536, 65537, 300001}) {
    const std::vector<uint8_t> payload = RandomBytes(size);
    const std::string whole = ReadRaw(Write(folder, payload));
    const std::string path = folder.File("pieces");
    auto writer = CheckedFileWriter::Create(path, kMagic, kVersion);
    CATCH_REQUIRE(writer.ok());
    for (std::span<const uint8_t> left = payload; !left.empty();) {
      const size_t piece = std::min<size_t>(left.size(), rng() % 100'000);
      CATCH_REQUIRE(writer->Append(left.first(piece)).ok());
      left = left.subspan(piece);
    }
    CATCH_CHECK(*writer->Finish() == whole.size());
    CATCH_CHECK(ReadRaw(path) == whole);
  }
}

CATCH_TEST_CASE("a file that is not finished leaves the old one and nothing beside it") {
  const TempFolder folder;
  const std::string path = Write(folder, RandomBytes(100));
  const std::string before = ReadRaw(path);
  {
    auto writer = CheckedFileWriter::Create(path, kMagic, kVersion);
    CATCH_REQUIRE(writer->Append(RandomBytes(70'000)).ok());
    const CheckedFileWriter moved = *std::move(writer);
    CATCH_CHECK(access((path + ".tmp").c_str(), F_OK) == 0);
  }
  CATCH_CHECK(ReadRaw(path) == before);
  CATCH_CHECK(access((path + ".tmp").c_str(), F_OK) != 0);
  CATCH_CHECK(absl::IsInvalidArgument(CheckedFileWriter::Create(path, "short", 1).status()));
}

CATCH_TEST_CASE("Touch refuses ranges outside the payload without failing the file") {
  const TempFolder folder;
  const auto file = CheckedFile::Open(Write(folder, RandomBytes(100)), kMagic, kVersion).value();
  CATCH_CHECK(file->Touch(100, 0));
  CATCH_CHECK_FALSE(file->Touch(100, 1));
  CATCH_CHECK_FALSE(file->Touch(101, 0));
  CATCH_CHECK_FALSE(file->Touch(1, ~uint64_t{0}));
  CATCH_CHECK_FALSE(file->Touch(~uint64_t{0}, 1));
  CATCH_CHECK(file->status().ok());
}

CATCH_TEST_CASE("every byte of a file flipped once is detected") {
  const TempFolder folder;
  const std::string path = Write(folder, RandomBytes(300));
  const std::string sound = ReadRaw(path);
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string flipped = sound;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    WriteRaw(path, flipped);
    const auto file = CheckedFile::Open(path, kMagic, kVersion);
    if (!file.ok()) {
      CATCH_CHECK(absl::IsDataLoss(file.status()));
      CATCH_CHECK(std::string(file.status().message()).find(path) != std::string::npos);
      continue;
    }
    CATCH_INFO("byte " << i);
    CATCH_CHECK_FALSE((*file)->Touch(0, 300));
    CATCH_CHECK(absl::IsDataLoss((*file)->status()));
  }
}

CATCH_TEST_CASE("truncated or extended files are refused at open") {
  const TempFolder folder;
  const std::string path = Write(folder, RandomBytes(300));
  const std::string sound = ReadRaw(path);
  for (size_t size = 0; size < sound.size(); ++size) {
    WriteRaw(path, sound.substr(0, size));
    CATCH_CHECK(absl::IsDataLoss(CheckedFile::Open(path, kMagic, kVersion).status()));
  }
  WriteRaw(path, sound + "x");
  CATCH_CHECK(absl::IsDataLoss(CheckedFile::Open(path, kMagic, kVersion).status()));
}

CATCH_TEST_CASE("wrong magic, wrong versions and missing files have their codes") {
  const TempFolder folder;
  const std::string path = Write(folder, RandomBytes(10));
  CATCH_CHECK(absl::IsDataLoss(CheckedFile::Open(path, "SEEKELSE", kVersion).status()));
  CATCH_CHECK(absl::IsFailedPrecondition(CheckedFile::Open(path, kMagic, 4).status()));
  CATCH_CHECK(absl::IsNotFound(CheckedFile::Open(path + "x", kMagic, kVersion).status()));
  CATCH_CHECK(absl::IsInvalidArgument(CheckedFile::Open(path, "SHORT", kVersion).status()));

  std::string future = ReadRaw(path);
  auto* const header = reinterpret_cast<uint8_t*>(future.data());
  StoreLittleEndian<uint32_t>(2, header + 12);
  StoreLittleEndian(Crc32c(std::string_view(future).substr(0, 60)), header + 60);
  WriteRaw(path, future);
  CATCH_CHECK(absl::IsFailedPrecondition(CheckedFile::Open(path, kMagic, kVersion).status()));
}

CATCH_TEST_CASE("a payload length that wraps is refused") {
  const TempFolder folder;
  const std::string path = Write(folder, {});
  std::string raw = ReadRaw(path);
  auto* const header = reinterpret_cast<uint8_t*>(raw.data());
  for (const uint64_t length : {~uint64_t{0}, ~uint64_t{0} - 63, uint64_t{1} << 63}) {
    StoreLittleEndian(length, header + 16);
    StoreLittleEndian(Crc32c(std::string_view(raw).substr(0, 60)), header + 60);
    WriteRaw(path, raw);
    CATCH_CHECK(absl::IsDataLoss(CheckedFile::Open(path, kMagic, kVersion).status()));
  }
}

CATCH_TEST_CASE("a bad block fails its own range only, and is named") {
  const TempFolder folder;
  const std::string path = Write(folder, RandomBytes(5 * 65536));
  std::string raw = ReadRaw(path);
  raw[64 + 2 * 65536 + 7] ^= 1;
  WriteRaw(path, raw);
  const auto file = CheckedFile::Open(path, kMagic, kVersion).value();
  CATCH_CHECK(file->Touch(0, 2 * 65536));
  CATCH_CHECK(file->Touch(3 * 65536, 2 * 65536));
  CATCH_CHECK(file->status().ok());
  CATCH_CHECK_FALSE(file->Touch(2 * 65536 - 1, 2));
  CATCH_CHECK_FALSE(file->Touch(2 * 65536 + 9, 1));
  CATCH_CHECK(std::string(file->status().message()).find("131136") != std::string::npos);
}

CATCH_TEST_CASE("a file truncated while it is mapped becomes DATA_LOSS, not a crash") {
  const TempFolder folder;
  const std::vector<uint8_t> payload = RandomBytes(6 * 65536);
  const std::string path = Write(folder, payload);
  const auto file = CheckedFile::Open(path, kMagic, kVersion).value();
  CATCH_REQUIRE(file->Touch(0, 4 * 65536));
  CATCH_REQUIRE(truncate(path.c_str(), 65536) == 0);

  CATCH_SECTION("read again where it was verified before: zeros") {
    CATCH_CHECK(SumOfBytes(file->bytes().subspan(3 * 65536, 65536)) == 0);
    CATCH_CHECK(absl::IsDataLoss(file->status()));
  }
  CATCH_SECTION("touched for the first time") {
    CATCH_CHECK_FALSE(file->Touch(5 * 65536, 1));
    CATCH_CHECK(absl::IsDataLoss(file->status()));
    CATCH_CHECK(std::string(file->status().message()).find(path) != std::string::npos);
  }
  // What is left of the file still reads.
  CATCH_CHECK(std::ranges::equal(file->bytes().first(60000), std::span(payload).first(60000)));
}

CATCH_TEST_CASE("many threads may touch, and lose, the same blocks") {
  const TempFolder folder;
  const std::string path = Write(folder, RandomBytes(40 * 65536));
  const auto file = CheckedFile::Open(path, kMagic, kVersion).value();
  CATCH_REQUIRE(truncate(path.c_str(), 20 * 65536) == 0);
  std::vector<std::thread> threads;
  std::vector<int> sound(4, 0);
  for (size_t t = 0; t < sound.size(); ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t block = 0; block < 40; ++block) sound[t] += file->Touch(block * 65536, 65536);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CATCH_CHECK(sound == std::vector<int>(4, 19));
  CATCH_CHECK(absl::IsDataLoss(file->status()));
}

}  // namespace
}  // namespace seekd
