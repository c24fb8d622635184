#include "core/text/readers/markdown_reader.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

// "1:Title|2:Sub" of the headings.
std::string Headings(const TextDocument& document) {
  std::string out;
  for (const Heading& heading : document.headings) {
    if (!out.empty()) out += '|';
    out += std::to_string(heading.level);
    out += ':';
    out += heading.title;
  }
  return out;
}

std::string Headings(const std::string& text) { return Headings(ReadMarkdown(text)); }

CATCH_TEST_CASE("ATX headings") {
  CATCH_CHECK(Headings("# One\n\n### Three ###\n   ## In\n") == "1:One|3:Three|2:In");
  CATCH_CHECK(Headings("#no\n####### no\n    # code\n\\# no\n") == "");
  CATCH_CHECK(Headings("# C#\n## a # b\n#\tTab\r\n") == "1:C#|2:a # b|1:Tab");
  CATCH_CHECK(Headings("#\n# #\n") == "");
  CATCH_CHECK(Headings("# `code` and **bold** [link](http://x) a\\_b\n") ==
              "1:code and bold link a_b");
}

CATCH_TEST_CASE("Setext headings of one line") {
  CATCH_CHECK(Headings("One\n===\n\nTwo\n---\ntext\n") == "1:One|2:Two");
  CATCH_CHECK(Headings("a\nb\n---\n") == "");
  CATCH_CHECK(Headings("---\n\n- item\n---\n> quote\n---\n| a | b |\n---\n") == "");
  CATCH_CHECK(Headings("\n\n===\n") == "");
}

CATCH_TEST_CASE("fenced code has no headings") {
  CATCH_CHECK(Headings("```sh\n# no\n```\n# yes\n") == "1:yes");
  CATCH_CHECK(Headings("~~~\n```\n# no\n~~~\n# yes\n") == "1:yes");
  CATCH_CHECK(Headings("````\n```\n# no\n````\n# yes\n") == "1:yes");
  CATCH_CHECK(Headings("```\n# never closed\n") == "");
  CATCH_CHECK(Headings("``` a `b`\n# inline, no fence\n") == "1:inline, no fence");
}

CATCH_TEST_CASE("the title: front matter, else the first heading of level 1") {
  const std::string front = "---\ntitle: \"The: title\"\nx: y\n---\n\n# Heading\n";
  const TextDocument document = ReadMarkdown(front);
  CATCH_CHECK(document.title == "The: title");
  CATCH_CHECK(document.text == front);
  CATCH_CHECK(Headings(document) == "1:Heading");
  CATCH_CHECK(document.headings[0].byte_offset == front.find("# Heading"));
  CATCH_CHECK(ReadMarkdown("## Two\n# One\n# Other\n").title == "One");
  CATCH_CHECK(ReadMarkdown("---\ntitle: open\n# H\n").title == "H");
  CATCH_CHECK(ReadMarkdown("---\r\ntitle: 'It'\r\n---\r\n").title == "It");
  CATCH_CHECK(ReadMarkdown("text\n").title.empty());
}

}  // namespace
}  // namespace seekd
