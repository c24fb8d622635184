#include "core/base/bytes.h"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("fixed integers are little-endian") {
  std::string out;
  AppendFixed<uint16_t>(0x0102, &out);
  AppendFixed<uint32_t>(0x03040506, &out);
  AppendFixed<uint64_t>(0x0708090a0b0c0d0eu, &out);
  CATCH_CHECK(out == std::string("\x02\x01\x06\x05\x04\x03\x0e\x0d\x0c\x0b\x0a\x09\x08\x07"));
  ByteReader reader(out);
  uint16_t a = 0;
  uint32_t b = 0;
  uint64_t c = 0;
  CATCH_REQUIRE((reader.ReadFixed(&a) && reader.ReadFixed(&b) && reader.ReadFixed(&c)));
  CATCH_CHECK((a == 0x0102 && b == 0x03040506 && c == 0x0708090a0b0c0d0eu && reader.empty()));
}

CATCH_TEST_CASE("varints of every length round-trip, and each truncation is refused") {
  std::mt19937_64 rng(3);
  for (unsigned bits = 0; bits <= 64; ++bits) {
    const uint64_t value = bits == 0 ? 0 : rng() >> (64 - bits) | uint64_t{1} << (bits - 1);
    std::string out;
    AppendVarint(value, &out);
    uint64_t back = 0;
    ByteReader whole(out);
    CATCH_REQUIRE(whole.ReadVarint(&back));
    CATCH_CHECK((back == value && whole.empty()));
    for (size_t cut = 0; cut < out.size(); ++cut) {
      ByteReader reader(std::string_view(out).substr(0, cut));
      CATCH_CHECK_FALSE(reader.ReadVarint(&back));
      CATCH_CHECK(reader.offset() == 0);
    }
  }
}

CATCH_TEST_CASE("a varint above its type is refused and moves nothing") {
  uint64_t wide = 0;
  CATCH_CHECK_FALSE(ByteReader(std::string(9, '\xff') + '\x02').ReadVarint(&wide));
  CATCH_CHECK(ByteReader(std::string(9, '\xff') + '\x01').ReadVarint(&wide));
  CATCH_CHECK(wide == std::numeric_limits<uint64_t>::max());
  std::string out;
  AppendVarint(uint64_t{1} << 32, &out);
  ByteReader reader(out);
  uint32_t narrow = 0;
  CATCH_CHECK_FALSE(reader.ReadVarintAs(&narrow));
  CATCH_CHECK(reader.offset() == 0);
  CATCH_CHECK(reader.ReadVarint(&wide));
}

CATCH_TEST_CASE("a length that reaches past the end is refused, also one that wraps") {
  std::string out;
  AppendLengthPrefixed("hello", &out);
  std::string_view view;
  ByteReader reader(out);
  CATCH_REQUIRE(reader.ReadLengthPrefixed(&view));
  CATCH_CHECK(view == "hello");
  for (size_t cut = 0; cut < out.size(); ++cut) {
    ByteReader short_reader(std::string_view(out).substr(0, cut));
    CATCH_CHECK_FALSE(short_reader.ReadLengthPrefixed(&view));
    CATCH_CHECK(short_reader.offset() == 0);
  }
  std::string huge;
  AppendVarint(std::numeric_limits<uint64_t>::max(), &huge);
  CATCH_CHECK_FALSE(ByteReader(huge + "x").ReadLengthPrefixed(&view));
}

CATCH_TEST_CASE("zigzag keeps small differences small and loses none") {
  CATCH_CHECK((ZigZag(0) == 0 && ZigZag(-1) == 1 && ZigZag(1) == 2 && ZigZag(-2) == 3));
  for (int64_t v : {int64_t{0}, int64_t{5}, int64_t{-5}, std::numeric_limits<int64_t>::min(),
                    std::numeric_limits<int64_t>::max()}) {
    CATCH_CHECK(UnZigZag(ZigZag(v)) == v);
  }
}

}  // namespace
}  // namespace seekd
