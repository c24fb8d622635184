#include "core/storage/checked_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/bytes.h"
#include "core/base/crc32c.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "core/storage/posix_file.h"

namespace seekd {
namespace {

std::span<const uint8_t> Block(std::span<const uint8_t> payload, uint64_t block) {
  const uint64_t begin = block * kCheckedBlockBytes;
  return payload.subspan(begin, std::min<uint64_t>(kCheckedBlockBytes, payload.size() - begin));
}

uint32_t HeaderCrc(const CheckedFileHeader& header) {
  return Crc32c(std::span(reinterpret_cast<const uint8_t*>(&header),
                          offsetof(CheckedFileHeader, header_crc)));
}

std::string_view MagicOf(const CheckedFileHeader& header) {
  return {reinterpret_cast<const char*>(header.magic), sizeof(header.magic)};
}

std::string Hex(uint32_t crc) { return absl::StrCat(absl::Hex(crc, absl::kZeroPad8)); }

std::string Printable(std::string_view magic) {
  return absl::CHexEscape(absl::string_view(magic.data(), magic.size()));
}

absl::Status CheckMagicAndCrc(const CheckedFileHeader& header, std::string_view magic,
                              const std::string& path) {
  if (MagicOf(header) != magic) {
    return absl::DataLossError(absl::StrCat(path, ": expected magic \"", Printable(magic),
                                            "\" at offset 0, found \"", Printable(MagicOf(header)),
                                            "\""));
  }
  if (const uint32_t found = HeaderCrc(header); found != header.header_crc) {
    return absl::DataLossError(absl::StrCat(path, ": the header's CRC-32C is ", Hex(found),
                                            ", expected ", Hex(header.header_crc)));
  }
  return absl::OkStatus();
}

absl::Status CheckVersions(const CheckedFileHeader& header, uint32_t oldest, uint32_t newest,
                           const std::string& path) {
  if (header.container_version != kCheckedContainerVersion ||
      header.block_bytes != kCheckedBlockBytes) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": expected checked-file version ", kCheckedContainerVersion,
                     " with blocks of ", kCheckedBlockBytes, " bytes, found ",
                     header.container_version, " with ", header.block_bytes));
  }
  if (header.payload_version < oldest || header.payload_version > newest) {
    const std::string expected =
        oldest == newest ? absl::StrCat(newest) : absl::StrCat(oldest, " to ", newest);
    return absl::FailedPreconditionError(absl::StrCat(path, ": expected format version ", expected,
                                                      ", found ", header.payload_version,
                                                      ", which this program does not know"));
  }
  return absl::OkStatus();
}

absl::Status CheckFileBytes(const CheckedFileHeader& header, uint64_t file_bytes,
                            const std::string& path) {
  // A payload above 2^63 would wrap the sum, and no file is that long.
  const uint64_t payload = header.payload_bytes;
  if (payload < std::numeric_limits<uint64_t>::max() / 2 &&
      file_bytes == kCheckedHeaderBytes + payload + 4 * CheckedBlockCount(payload)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(path, ": a payload of ", payload,
                                          " bytes does not fit a file of ", file_bytes,
                                          " bytes: truncated or extended"));
}

absl::StatusOr<CheckedFileHeader> ReadHeader(const UniqueFd& fd, const std::string& path,
                                             std::string_view magic, uint32_t oldest,
                                             uint32_t newest) {
  ABSL_ASSIGN_OR_RETURN(const uint64_t file_bytes, RegularFileBytes(fd, path));
  std::array<uint8_t, kCheckedHeaderBytes> raw;
  ABSL_RETURN_IF_ERROR(ReadFullyAt(fd, path, 0, raw));
  CheckedFileHeader header;
  std::memcpy(&header, raw.data(), raw.size());
  ABSL_RETURN_IF_ERROR(CheckMagicAndCrc(header, magic, path));
  ABSL_RETURN_IF_ERROR(CheckVersions(header, oldest, newest, path));
  ABSL_RETURN_IF_ERROR(CheckFileBytes(header, file_bytes, path));
  return header;
}

absl::StatusOr<std::vector<uint32_t>> ReadTable(const UniqueFd& fd, const std::string& path,
                                                const CheckedFileHeader& header) {
  std::vector<uint8_t> raw(4 * CheckedBlockCount(header.payload_bytes));
  const uint64_t offset = kCheckedHeaderBytes + header.payload_bytes;
  ABSL_RETURN_IF_ERROR(ReadFullyAt(fd, path, offset, raw));
  if (const uint32_t found = Crc32c(raw); found != header.table_crc) {
    return absl::DataLossError(absl::StrCat(path, ": the CRC table at offset ", offset,
                                            " has CRC-32C ", Hex(found), ", expected ",
                                            Hex(header.table_crc)));
  }
  std::vector<uint32_t> crcs(raw.size() / 4);
  for (size_t i = 0; i < crcs.size(); ++i) crcs[i] = LoadLittleEndian<uint32_t>(&raw[4 * i]);
  return crcs;
}

CheckedFileHeader MakeHeader(std::string_view magic, uint32_t version, uint64_t payload_bytes,
                             std::string_view table) {
  CheckedFileHeader header = {};
  std::copy(magic.begin(), magic.end(), header.magic);
  header.payload_version = version;
  header.container_version = kCheckedContainerVersion;
  header.payload_bytes = payload_bytes;
  header.block_bytes = kCheckedBlockBytes;
  header.table_crc = Crc32c(table);
  header.header_crc = HeaderCrc(header);
  return header;
}

absl::Status CheckMagicSize(std::string_view magic) {
  if (magic.size() == sizeof(CheckedFileHeader::magic)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected a magic of 8 bytes, found ", magic.size()));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CheckedFile>> CheckedFile::Open(const std::string& path,
                                                                     std::string_view magic,
                                                                     uint32_t oldest,
                                                                     uint32_t newest) {
  ABSL_RETURN_IF_ERROR(CheckMagicSize(magic));
  ABSL_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFd(path, O_RDONLY | O_NONBLOCK));
  ABSL_ASSIGN_OR_RETURN(const CheckedFileHeader header,
                        ReadHeader(fd, path, magic, oldest, newest));
  ABSL_ASSIGN_OR_RETURN(std::vector<uint32_t> crcs, ReadTable(fd, path, header));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<MappedFile> mapping, MappedFile::Map(fd, path));
  // The size was checked before; the mapping may be of a file truncated since.
  ABSL_RETURN_IF_ERROR(CheckFileBytes(header, mapping->bytes().size(), path));
  const auto payload =
      mapping->bytes().subspan(kCheckedHeaderBytes, static_cast<size_t>(header.payload_bytes));
  return std::shared_ptr<const CheckedFile>(
      new CheckedFile(std::move(mapping), payload, std::move(crcs)));
}

CheckedFile::CheckedFile(std::unique_ptr<const MappedFile> mapping,
                         std::span<const uint8_t> payload, std::vector<uint32_t> block_crcs)
    : mapping_(std::move(mapping)),
      payload_(payload),
      block_crcs_(std::move(block_crcs)),
      blocks_(std::make_unique<std::atomic<uint8_t>[]>(block_crcs_.size())) {}

bool CheckedFile::VerifyBlock(uint64_t block) const {
  if (blocks_[block].load(std::memory_order_relaxed) == kBad) return false;
  const uint32_t found = Crc32c(Block(payload_, block));
  const bool sound = found == block_crcs_[block];
  if (!sound) RecordBadBlock(block, found);
  blocks_[block].store(sound ? kSound : kBad, std::memory_order_relaxed);
  return sound;
}

void CheckedFile::RecordBadBlock(uint64_t block, uint32_t found) const {
  std::lock_guard lock(mutex_);
  if (!first_error_.ok()) return;
  first_error_ = absl::DataLossError(absl::StrCat(
      path(), ": the block at offset ", kCheckedHeaderBytes + block * kCheckedBlockBytes,
      " has CRC-32C ", Hex(found), ", expected ", Hex(block_crcs_[block])));
  has_bad_block_.store(true, std::memory_order_release);
}

absl::Status CheckedFile::status() const {
  // First, as a lost page also fails its block's CRC.
  ABSL_RETURN_IF_ERROR(mapping_->status());
  if (!has_bad_block_.load(std::memory_order_acquire)) return absl::OkStatus();
  std::lock_guard lock(mutex_);
  return first_error_;
}

absl::StatusOr<CheckedFileWriter> CheckedFileWriter::Create(const std::string& path,
                                                            std::string_view magic,
                                                            uint32_t version) {
  ABSL_RETURN_IF_ERROR(CheckMagicSize(magic));
  ABSL_ASSIGN_OR_RETURN(AtomicFileWriter file, AtomicFileWriter::Create(path));
  // The header's place; it is known at the end.
  ABSL_RETURN_IF_ERROR(file.Append(std::string(kCheckedHeaderBytes, '\0')));
  return CheckedFileWriter(std::move(file), magic, version);
}

absl::Status CheckedFileWriter::Append(std::span<const uint8_t> payload) {
  ABSL_RETURN_IF_ERROR(file_.Append(AsString(payload)));
  while (!payload.empty()) {
    const uint64_t room = kCheckedBlockBytes - payload_bytes_ % kCheckedBlockBytes;
    const auto piece = payload.first(std::min<uint64_t>(room, payload.size()));
    block_crc_ = ExtendCrc32c(block_crc_, piece);
    payload_bytes_ += piece.size();
    payload = payload.subspan(piece.size());
    if (payload_bytes_ % kCheckedBlockBytes == 0) {
      AppendFixed(std::exchange(block_crc_, 0), &table_);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> CheckedFileWriter::Finish() {
  if (payload_bytes_ % kCheckedBlockBytes != 0) AppendFixed(block_crc_, &table_);
  const CheckedFileHeader header = MakeHeader(magic_, version_, payload_bytes_, table_);
  ABSL_RETURN_IF_ERROR(file_.Append(table_));
  ABSL_RETURN_IF_ERROR(file_.Overwrite(
      0, AsString(std::span(reinterpret_cast<const uint8_t*>(&header), sizeof(header)))));
  ABSL_RETURN_IF_ERROR(file_.Commit());
  return kCheckedHeaderBytes + payload_bytes_ + table_.size();
}

absl::StatusOr<uint64_t> WriteCheckedFile(const std::string& path, std::string_view magic,
                                          uint32_t version, std::span<const uint8_t> payload) {
  ABSL_ASSIGN_OR_RETURN(CheckedFileWriter writer, CheckedFileWriter::Create(path, magic, version));
  ABSL_RETURN_IF_ERROR(writer.Append(payload));
  return writer.Finish();
}

}  // namespace seekd
