#include "core/text/utf8.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

CATCH_TEST_CASE("every code point survives encode and decode") {
  for (char32_t c = 0; c <= 0x10FFFF; c += (c < 0x11000 ? 1 : 17)) {
    char buffer[4];
    const size_t length = EncodeUtf8(c, buffer);
    size_t pos = 0;
    bool valid = false;
    const char32_t back = DecodeUtf8({buffer, length}, &pos, &valid);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    if (back != (surrogate ? kReplacementCharacter : c) || pos != length || !valid) {
      CATCH_FAIL("code point " << static_cast<uint32_t>(c));
    }
  }
}

// The table of Unicode 15, section 3.9 (tables 3-8 to 3-11).
CATCH_TEST_CASE("one replacement per maximal ill-formed sequence") {
  size_t count = 0;
  CATCH_CHECK(RepairUtf8("a\x80z", &count) == "a" + kBad + "z");
  CATCH_CHECK(count == 1);
  CATCH_CHECK(RepairUtf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", &count) ==
              kBad + kBad + kBad + kBad + kBad + kBad + kBad + kBad + "A");
  CATCH_CHECK(count == 8);
  CATCH_CHECK(RepairUtf8("\xED\xA0\x80\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", &count) ==
              kBad + kBad + kBad + kBad + kBad + kBad + kBad + kBad + "A" + kBad + kBad + "B");
  CATCH_CHECK(RepairUtf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", &count) ==
              kBad + kBad + kBad + kBad + "A");
  CATCH_CHECK(count == 4);
  CATCH_CHECK(RepairUtf8("caf\xC3\xA9 \xE2\x82\xAC", &count) == "caf\xC3\xA9 \xE2\x82\xAC");
  CATCH_CHECK(count == 0);
  CATCH_CHECK(RepairUtf8("\xE2\x82", nullptr) == kBad);
}

CATCH_TEST_CASE("ValidUtf8Prefix stops at the first bad sequence") {
  CATCH_CHECK(ValidUtf8Prefix("") == 0);
  CATCH_CHECK(ValidUtf8Prefix("twelve bytes") == 12);
  CATCH_CHECK(ValidUtf8Prefix("eight ok\xFFmore") == 8);
  CATCH_CHECK(ValidUtf8Prefix("\xC3\xA9\xC3") == 2);
}

CATCH_TEST_CASE("FloorToUtf8Border never splits a character") {
  const std::string text = "a\xE2\x82\xAC!";
  CATCH_CHECK(FloorToUtf8Border(text, 0) == 0);
  CATCH_CHECK(FloorToUtf8Border(text, 1) == 1);
  CATCH_CHECK(FloorToUtf8Border(text, 2) == 1);
  CATCH_CHECK(FloorToUtf8Border(text, 3) == 1);
  CATCH_CHECK(FloorToUtf8Border(text, 4) == 4);
  CATCH_CHECK(FloorToUtf8Border(text, 5) == 5);
}

}  // namespace
}  // namespace seekd
