#include "client/terminal_text.h"

#include <vector>

#include "tests/support/catch.h"

namespace seekd::client {
namespace {

CATCH_TEST_CASE("ordinary text passes") {
  for (const char* text : {"", "plain", "Grüße, 世界", "emoji \xf0\x9f\x98\x80", "a\\x1b"}) {
    CATCH_CHECK(EscapeForTerminal(text) == text);
    CATCH_CHECK(EscapeForTerminal(text, true) == text);
  }
}

CATCH_TEST_CASE("what steers a terminal is spelled out") {
  CATCH_CHECK(EscapeForTerminal("\x1b[31mred") == "\\x1b[31mred");
  CATCH_CHECK(EscapeForTerminal("\x1b]0;title\x07") == "\\x1b]0;title\\x07");
  CATCH_CHECK(EscapeForTerminal(std::string("a\0b", 3)) == "a\\x00b");
  CATCH_CHECK(EscapeForTerminal("\x7f\x08") == "\\x7f\\x08");
  // U+009B is CSI in one character.
  CATCH_CHECK(EscapeForTerminal("\xc2\x9b"
                                "31m") == "\\xc2\\x9b31m");
  // U+202E turns the text around, U+2066 isolates it.
  CATCH_CHECK(EscapeForTerminal("a\xe2\x80\xae"
                                "b") == "a\\xe2\\x80\\xaeb");
  CATCH_CHECK(EscapeForTerminal("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");
}

CATCH_TEST_CASE("invalid UTF-8 is spelled out byte by byte") {
  CATCH_CHECK(EscapeForTerminal("\xff") == "\\xff");
  CATCH_CHECK(EscapeForTerminal("\x9b"
                                "31m") == "\\x9b31m");
  CATCH_CHECK(EscapeForTerminal("\xc3") == "\\xc3");                    // cut
  CATCH_CHECK(EscapeForTerminal("\xc0\x9b") == "\\xc0\\x9b");           // overlong
  CATCH_CHECK(EscapeForTerminal("\xe0\x82\x9b") == "\\xe0\\x82\\x9b");  // overlong
  CATCH_CHECK(EscapeForTerminal("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CATCH_CHECK(EscapeForTerminal("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

CATCH_TEST_CASE("no byte string yields a control") {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string input = {static_cast<char>(a), static_cast<char>(b), '['};
      for (const bool multiline : {false, true}) {
        for (const unsigned char c : EscapeForTerminal(input, multiline)) {
          const bool allowed = c >= 0x20 || (multiline && (c == '\n' || c == '\t'));
          if (!allowed || c == 0x7f) CATCH_FAIL("byte " << int{c} << " of " << a << " " << b);
        }
      }
    }
  }
}

CATCH_TEST_CASE("white space is joined on one line and kept on many") {
  CATCH_CHECK(EscapeForTerminal("a \t\r\n b") == "a b");
  CATCH_CHECK(EscapeForTerminal("a\t\n b", true) == "a\t\n b");
  CATCH_CHECK(EscapeForTerminal("a\r\nb", true) == "a\\x0d\nb");
}

CATCH_TEST_CASE("highlights surround their bytes") {
  using Ranges = std::vector<std::pair<int, int>>;
  CATCH_CHECK(Highlight("cut roses back", Ranges{{4, 9}}, "<", ">") == "cut <roses> back");
  CATCH_CHECK(Highlight("ab", Ranges{{0, 1}, {1, 2}}, "<", ">") == "<a><b>");
  CATCH_CHECK(Highlight("\x1b[m", Ranges{{0, 1}}, "<", ">") == "<\\x1b>[m");
  CATCH_CHECK(Highlight("abc", Ranges{}, "<", ">") == "abc");
  // Wrong ranges change nothing.
  CATCH_CHECK(Highlight("abc", Ranges{{-1, 2}, {2, 2}, {2, 1}, {1, 9}}, "<", ">") == "abc");
  CATCH_CHECK(Highlight("abcd", Ranges{{2, 3}, {1, 2}}, "<", ">") == "ab<c>d");
}

CATCH_TEST_CASE("figures") {
  CATCH_CHECK(FormatBytes(0) == "0 B");
  CATCH_CHECK(FormatBytes(999) == "999 B");
  CATCH_CHECK(FormatBytes(1000) == "1.0 kB");
  CATCH_CHECK(FormatBytes(999'960) == "1.0 MB");
  CATCH_CHECK(FormatBytes(238'000'000) == "238.0 MB");
  CATCH_CHECK(FormatCount(0) == "0");
  CATCH_CHECK(FormatCount(999) == "999");
  CATCH_CHECK(FormatCount(48'212) == "48,212");
  CATCH_CHECK(FormatCount(-1'234'567) == "-1,234,567");
  CATCH_CHECK(FormatCounted(1, "file") == "1 file");
  CATCH_CHECK(FormatCounted(1200, "file") == "1,200 files");
  CATCH_CHECK(FormatDuration(0.421) == "0.42 s");
  CATCH_CHECK(FormatDuration(12.34) == "12.3 s");
  CATCH_CHECK(FormatDuration(59.97) == "1 min 00 s");
  CATCH_CHECK(FormatDuration(245) == "4 min 05 s");
  CATCH_CHECK(FormatDuration(3725) == "1 h 02 min");
  CATCH_CHECK(FormatPercent(39, 1000) == "3.9 %");
  CATCH_CHECK(FormatPercent(1, 0) == "-");
}

}  // namespace
}  // namespace seekd::client
