#include "core/graph/bit_stream.h"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("what is written in any widths is read back") {
  std::mt19937_64 random(1);
  struct Field {
    uint64_t value;
    uint32_t width;
  };
  std::vector<Field> fields;
  std::string bytes;
  BitWriter writer(&bytes);
  uint64_t total = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto width = static_cast<uint32_t>(random() % 33);
    const uint64_t value = random() & ((uint64_t{1} << width) - 1);
    fields.push_back({value, width});
    writer.Write(value, width);
    total += width;
  }
  writer.Flush();
  CATCH_REQUIRE(bytes.size() == (total + 7) / 8);
  const size_t size = bytes.size();
  bytes.append(8, '\xFF');
  BitReader reader(AsBytes(bytes).data(), size);
  for (const Field& field : fields) {
    CATCH_REQUIRE((reader.Peek() & ((uint64_t{1} << field.width) - 1)) == field.value);
    CATCH_REQUIRE(reader.Skip(field.width));
  }
  CATCH_CHECK(reader.remaining() == (8 - total % 8) % 8);
}

CATCH_TEST_CASE("nothing is skipped beyond the end") {
  const std::string bytes(10, '\0');
  BitReader reader(AsBytes(bytes).data(), 2);
  CATCH_CHECK_FALSE(reader.Skip(17));
  CATCH_CHECK(reader.remaining() == 16);
  CATCH_CHECK(reader.Skip(16));
  CATCH_CHECK_FALSE(reader.Skip(1));
  CATCH_CHECK(reader.Skip(0));
}

CATCH_TEST_CASE("bits are in little-endian order") {
  std::string bytes;
  BitWriter writer(&bytes);
  writer.Write(1, 1);
  writer.Write(0, 2);
  writer.Write(0x3F, 6);
  writer.Flush();
  CATCH_CHECK(bytes == std::string("\xF9\x01"));
}

}  // namespace
}  // namespace seekd
