// Byte layout of a checked file; docs/formats/checked_file.md explains it.
//
//   header     64 bytes
//   payload    payload_bytes
//   table      uint32 per 64 KiB block of the payload: its CRC-32C
//
// All integers are little-endian.
#ifndef SEEKD_CORE_STORAGE_CHECKED_FILE_FORMAT_H_
#define SEEKD_CORE_STORAGE_CHECKED_FILE_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace seekd {

// The CRC guards 64 KiB: large enough that the table is 1/16384 of the payload,
// small enough that the first touch of a block takes about 10 us.
inline constexpr uint64_t kCheckedBlockBytes = 64 << 10;
// Of this container; what the payload holds has a version of its own.
inline constexpr uint32_t kCheckedContainerVersion = 1;

struct CheckedFileHeader {
  uint8_t magic[8];            // names the kind of payload
  uint32_t payload_version;    // of that kind
  uint32_t container_version;  // kCheckedContainerVersion
  uint64_t payload_bytes;
  uint32_t block_bytes;  // kCheckedBlockBytes
  uint32_t table_crc;    // CRC-32C of the table
  uint8_t reserved[28];  // zeros
  uint32_t header_crc;   // CRC-32C of the 60 bytes before
};

inline constexpr size_t kCheckedHeaderBytes = 64;
static_assert(sizeof(CheckedFileHeader) == kCheckedHeaderBytes);
static_assert(offsetof(CheckedFileHeader, payload_version) == 8);
static_assert(offsetof(CheckedFileHeader, container_version) == 12);
static_assert(offsetof(CheckedFileHeader, payload_bytes) == 16);
static_assert(offsetof(CheckedFileHeader, block_bytes) == 24);
static_assert(offsetof(CheckedFileHeader, table_crc) == 28);
static_assert(offsetof(CheckedFileHeader, reserved) == 32);
static_assert(offsetof(CheckedFileHeader, header_crc) == 60);

inline constexpr uint64_t CheckedBlockCount(uint64_t payload_bytes) {
  return payload_bytes / kCheckedBlockBytes + (payload_bytes % kCheckedBlockBytes != 0);
}

}  // namespace seekd

#endif  // SEEKD_CORE_STORAGE_CHECKED_FILE_FORMAT_H_
