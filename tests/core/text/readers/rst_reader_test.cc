#include "core/text/readers/rst_reader.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string Headings(const std::string& text) {
  std::string out;
  for (const Heading& heading : ReadRst(text).headings) {
    out += std::to_string(heading.level);
    out += ':';
    out += heading.title;
    out += '@';
    out += std::to_string(heading.byte_offset);
    out += ' ';
  }
  return out;
}

CATCH_TEST_CASE("levels follow the order of the styles") {
  CATCH_CHECK(Headings("====\n Doc\n====\n\nA\n---\n\nB\n^^^\n\nC\n---\n") ==
              "1:Doc@0 2:A@16 3:B@23 2:C@30 ");
}

CATCH_TEST_CASE("what is no section") {
  CATCH_CHECK(Headings("Too long a title\n===\n") == "");
  CATCH_CHECK(Headings("para\ngraph\n=====\n") == "");
  CATCH_CHECK(Headings("=====  ====\na      b\n=====  ====\n") == "");
  CATCH_CHECK(Headings("text\n\n----\n\ntext\n") == "");
  CATCH_CHECK(Headings("  indented\n  --------\n") == "");
}

CATCH_TEST_CASE("the title is the first section's, roles undone; the text stays") {
  const std::string text =
      "..  _label:\r\n\r\n:mod:`email` pack\u00E4ge\r\n=====================\r\n";
  const TextDocument document = ReadRst(text);
  CATCH_CHECK(document.title == "email pack\u00E4ge");
  CATCH_CHECK(document.text == text);
  CATCH_CHECK(ReadRst("plain\n").title.empty());
}

}  // namespace
}  // namespace seekd
