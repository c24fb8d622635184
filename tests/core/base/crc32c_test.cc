#include "core/base/crc32c.h"

#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Bytes = std::vector<uint8_t>;

// RFC 3720, appendix B.4.
const std::vector<std::pair<Bytes, uint32_t>>& Rfc3720Vectors() {
  static const auto vectors = [] {
    Bytes ascending(32), descending(32);
    std::iota(ascending.begin(), ascending.end(), uint8_t{0});
    std::iota(descending.rbegin(), descending.rend(), uint8_t{0});
    const Bytes iscsi_read = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0,    0, 0, 0, 0,
                              0x14, 0,    0, 0, 0, 0, 4, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
                              0x28, 0,    0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0,    0, 0, 0, 0};
    return std::vector<std::pair<Bytes, uint32_t>>{{Bytes(32, 0), 0x8a9136aa},
                                                   {Bytes(32, 0xff), 0x62a8ab43},
                                                   {ascending, 0x46dd794e},
                                                   {descending, 0x113fdb5c},
                                                   {iscsi_read, 0xd9963a56}};
  }();
  return vectors;
}

CATCH_TEST_CASE("CRC-32C has the values of RFC 3720") {
  for (const auto& [bytes, crc] : Rfc3720Vectors()) {
    CATCH_CHECK(Crc32c(bytes) == crc);
    CATCH_CHECK(internal::ExtendCrc32cPortable(0, bytes) == crc);
  }
  CATCH_CHECK(Crc32c(std::string_view("123456789")) == 0xe3069283);
  CATCH_CHECK(Crc32c(Bytes{}) == 0);
}

CATCH_TEST_CASE("both CRC paths agree at any length, alignment and split") {
  std::mt19937 rng(7);
  Bytes data(300);
  for (uint8_t& b : data) b = static_cast<uint8_t>(rng());
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t size = 0; begin + size <= data.size(); ++size) {
      const auto part = std::span<const uint8_t>(data).subspan(begin, size);
      const uint32_t whole = Crc32c(part);
      CATCH_REQUIRE(internal::ExtendCrc32cPortable(0, part) == whole);
      const size_t split = size == 0 ? 0 : rng() % size;
      CATCH_REQUIRE(ExtendCrc32c(Crc32c(part.first(split)), part.subspan(split)) == whole);
    }
  }
}

}  // namespace
}  // namespace seekd
