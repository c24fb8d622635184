#include "core/text/text_builder.h"

#include "core/text/source_lines.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("breaks and spaces appear between texts only") {
  TextBuilder builder("text/x");
  builder.Break(2);
  builder.Space();
  builder.Append("one", 1);
  builder.Space();
  builder.Append("two", 1);
  builder.Space();
  builder.Break(1);
  builder.Break(2);
  builder.Append("three", 2);
  builder.Break(2);
  const TextDocument document = builder.Finish();
  CATCH_CHECK(document.text == "one two\n\nthree\n");
  CATCH_CHECK(document.media_type == "text/x");
  CATCH_CHECK(TextBuilder("x").Finish().text.empty());
}

CATCH_TEST_CASE("every text leads back to its source line") {
  TextBuilder builder("text/x");
  std::vector<std::pair<size_t, uint32_t>> placed;
  const uint32_t source_lines[] = {4, 4, 5, 6, 90, 91, 95};
  int breaks = 0;
  for (uint32_t line : source_lines) {
    builder.Append("word", line);
    placed.emplace_back(builder.size() - 4, line);
    builder.Break(breaks++ % 3);
    builder.Space();
  }
  const TextDocument document = builder.Finish();
  SourceLines lines(document);
  for (const auto& [offset, line] : placed) CATCH_CHECK(lines.LineAt(offset) == line);
}

CATCH_TEST_CASE("headings are what was appended between begin and end") {
  TextBuilder builder("text/x");
  builder.Append("before", 1);
  builder.BeginHeading(2);
  builder.Append("A", 1);
  builder.Space();
  builder.Append("heading", 1);
  builder.EndHeading();
  builder.BeginHeading(3);  // empty
  builder.EndHeading();
  builder.BeginHeading(1);
  builder.Append("unclosed", 2);
  builder.BeginHeading(1);
  builder.Append(std::string(5000, 'x'), 3);
  const TextDocument document = builder.Finish();
  CATCH_REQUIRE(document.headings.size() == 3);
  CATCH_CHECK(document.headings[0].title == "A heading");
  CATCH_CHECK(document.headings[0].level == 2);
  CATCH_CHECK(document.text.substr(document.headings[0].byte_offset, 9) == "A heading");
  CATCH_CHECK(document.headings[1].title == "unclosed");
  CATCH_CHECK(document.headings[2].title.size() == kMaxTitleBytes);
}

}  // namespace
}  // namespace seekd
