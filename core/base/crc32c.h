// CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4), by the CPU's own
// instruction where there is one, else slicing by 8.
#ifndef SEEKD_CORE_BASE_CRC32C_H_
#define SEEKD_CORE_BASE_CRC32C_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace seekd {

// CRC of the concatenation of what `crc` was computed of and `data`; start at 0.
uint32_t ExtendCrc32c(uint32_t crc, std::span<const uint8_t> data);

inline uint32_t Crc32c(std::span<const uint8_t> data) { return ExtendCrc32c(0, data); }
uint32_t Crc32c(std::string_view data);

namespace internal {
// The path without special instructions, for tests.
uint32_t ExtendCrc32cPortable(uint32_t crc, std::span<const uint8_t> data);
}  // namespace internal

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_CRC32C_H_
