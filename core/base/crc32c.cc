#include "core/base/crc32c.h"

#include <array>
#include <cstddef>

#include "core/base/bytes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#endif

namespace seekd {
namespace {

constexpr uint32_t kReversedPolynomial = 0x82f63b78;

// table[k][b]: the CRC of byte b followed by k zero bytes.
using SlicingTable = std::array<std::array<uint32_t, 256>, 8>;

constexpr SlicingTable MakeTable() {
  SlicingTable table{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? kReversedPolynomial : 0);
    table[0][b] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t b = 0; b < 256; ++b) {
      table[k][b] = (table[k - 1][b] >> 8) ^ table[0][table[k - 1][b] & 0xff];
    }
  }
  return table;
}

constexpr SlicingTable kTable = MakeTable();

uint32_t StepPortable8(uint32_t state, uint64_t word) {
  word ^= state;
  uint32_t next = 0;
  for (size_t k = 0; k < 8; ++k) next ^= kTable[7 - k][(word >> (8 * k)) & 0xff];
  return next;
}

uint32_t StepPortable1(uint32_t state, uint8_t byte) {
  return (state >> 8) ^ kTable[0][(state ^ byte) & 0xff];
}

using ExtendFunction = uint32_t (*)(uint32_t, std::span<const uint8_t>);

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t ExtendHardware(uint32_t crc,
                                                          std::span<const uint8_t> data) {
  uint64_t state = ~crc;
  size_t i = 0;
  for (; data.size() - i >= 8; i += 8) {
    state = _mm_crc32_u64(state, LoadLittleEndian<uint64_t>(data.data() + i));
  }
  uint32_t tail = static_cast<uint32_t>(state);
  for (; i < data.size(); ++i) tail = _mm_crc32_u8(tail, data[i]);
  return ~tail;
}

bool HasHardware() { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
#if defined(__clang__)
__attribute__((target("crc")))
#else
__attribute__((target("+crc")))
#endif
uint32_t
ExtendHardware(uint32_t crc, std::span<const uint8_t> data) {
  uint32_t state = ~crc;
  size_t i = 0;
  for (; data.size() - i >= 8; i += 8) {
    state = __crc32cd(state, LoadLittleEndian<uint64_t>(data.data() + i));
  }
  for (; i < data.size(); ++i) state = __crc32cb(state, data[i]);
  return ~state;
}

bool HasHardware() {
#if defined(__APPLE__)
  return true;  // Every 64-bit Apple CPU has the instruction.
#elif defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#else
  return false;
#endif
}
#else
constexpr ExtendFunction ExtendHardware = internal::ExtendCrc32cPortable;
bool HasHardware() { return false; }
#endif

}  // namespace

namespace internal {

uint32_t ExtendCrc32cPortable(uint32_t crc, std::span<const uint8_t> data) {
  uint32_t state = ~crc;
  size_t i = 0;
  for (; data.size() - i >= 8; i += 8) {
    state = StepPortable8(state, LoadLittleEndian<uint64_t>(data.data() + i));
  }
  for (; i < data.size(); ++i) state = StepPortable1(state, data[i]);
  return ~state;
}

}  // namespace internal

uint32_t ExtendCrc32c(uint32_t crc, std::span<const uint8_t> data) {
  static const ExtendFunction extend =
      HasHardware() ? ExtendFunction{ExtendHardware} : internal::ExtendCrc32cPortable;
  return extend(crc, data);
}

uint32_t Crc32c(std::string_view data) { return Crc32c(AsBytes(data)); }

}  // namespace seekd
