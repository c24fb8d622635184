#include "core/text/text_encoding.h"

#include <random>

#include "core/text/utf8.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

const std::string kText =
    "Gr\xC3\xBC\xC3\x9F"
    "e, world \xE2\x82\xAC \xF0\x9F\x98\x80.\n";

// `text` in UTF-16 or UTF-32.
std::string Wide(const std::string& text, size_t unit_bytes, bool big_endian) {
  std::string out;
  const auto put = [&](uint32_t unit) {
    for (size_t i = 0; i < unit_bytes; ++i) {
      const size_t shift = 8 * (big_endian ? unit_bytes - 1 - i : i);
      out += static_cast<char>(unit >> shift & 0xFF);
    }
  };
  for (size_t pos = 0; pos < text.size();) {
    const char32_t c = DecodeUtf8(text, &pos);
    if (unit_bytes == 2 && c > 0xFFFF) {
      put(0xD800 + ((c - 0x10000) >> 10));
      put(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      put(c);
    }
  }
  return out;
}

CATCH_TEST_CASE("UTF-8 with and without mark") {
  CATCH_CHECK(DecodeText(kText, "").value() == kText);
  CATCH_CHECK(DecodeText("\xEF\xBB\xBF" + kText, "").value() == kText);
  CATCH_CHECK(DecodeText("", "").value().empty());
  CATCH_CHECK(DecodeText("a\r\nb\rc", "").value() == "a\r\nb\rc");
}

CATCH_TEST_CASE("UTF-16 and UTF-32, both orders, with mark and by pattern") {
  for (size_t unit_bytes : {2, 4}) {
    for (bool big_endian : {false, true}) {
      CATCH_INFO(unit_bytes << " " << big_endian);
      CATCH_CHECK(DecodeText(Wide("\xEF\xBB\xBF" + kText, unit_bytes, big_endian), "").value() ==
                  kText);
      CATCH_CHECK(DecodeText(Wide(kText, unit_bytes, big_endian), "").value() == kText);
    }
  }
}

CATCH_TEST_CASE("damaged UTF-16 becomes U+FFFD") {
  const std::string bad = "\xEF\xBF\xBD";
  CATCH_CHECK(DecodeText(std::string("\xFF\xFE\x00\xD8\x61\x00", 6), "").value() == bad + "a");
  CATCH_CHECK(DecodeText(std::string("\xFF\xFE\x61\x00\x62", 5), "").value() == "a" + bad);
  CATCH_CHECK(DecodeText(std::string("\xFF\xFE\x00\x00\xFF\xFF\x11\x00", 8), "").value() == bad);
}

CATCH_TEST_CASE("Windows-1252 when it is no UTF-8, damage when it mostly is") {
  CATCH_CHECK(DecodeText("caf\xE9 \x80 \x93q\x94", "").value() ==
              "caf\xC3\xA9 \xE2\x82\xAC \xE2\x80\x9Cq\xE2\x80\x9D");
  CATCH_CHECK(DecodeText("\xC3\xA9\xC3\xA8\xC3\xA0 \xE9.", "").value() ==
              "\xC3\xA9\xC3\xA8\xC3\xA0 \xEF\xBF\xBD.");
  CATCH_CHECK(DecodeText("bad \x81 byte", "").value() == "bad \xEF\xBF\xBD byte");
  CATCH_CHECK(DecodeText("caf\xE9", "UTF-8").value() == "caf\xEF\xBF\xBD");
  CATCH_CHECK(DecodeText("caf\xE9 \x81", "iso-8859-1").value() == "caf\xC3\xA9 \xC2\x81");
}

std::string Refusal(const std::string& bytes) {
  const auto text = DecodeText(bytes, "");
  CATCH_CHECK(text.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(text.status().message());
}

CATCH_TEST_CASE("binary files are refused with the reason") {
  CATCH_CHECK(Refusal(std::string("seventeen bytes..\0x", 19)) == "binary file (NUL at byte 17)");
  CATCH_CHECK(Refusal("%PDF-1.7\n1 0 obj") == "binary file (PDF)");
  CATCH_CHECK(Refusal(std::string("\x7F"
                                  "ELF\x02\x01\x01\0\0",
                                  9)) == "binary file (ELF)");
  CATCH_CHECK(Refusal("\x89PNG\r\n\x1A\n") == "binary file (PNG)");
  CATCH_CHECK(Refusal("\x1F\x8B\x08") == "binary file (gzip)");
  CATCH_CHECK(Refusal("ab\x01\x02\x03") ==
              "binary file (3 of the first 5 bytes are control characters)");
}

CATCH_TEST_CASE("colours, overstrikes and page breaks are text") {
  CATCH_CHECK(DecodeText("\x1B[1mbold\x1B[0m\n\fN\bNA\bA", "").ok());
}

CATCH_TEST_CASE("whatever is accepted is valid UTF-8") {
  std::mt19937 rng(4);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    for (size_t n = rng() % 40; n > 0; --n) {
      bytes += static_cast<char>(rng() % 3 == 0 ? rng() % 256 : 'a' + rng() % 26);
    }
    const auto text = DecodeText(bytes, "");
    if (text.ok()) CATCH_REQUIRE(ValidUtf8Prefix(*text) == text->size());
  }
}

}  // namespace
}  // namespace seekd
