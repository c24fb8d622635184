#include "core/text/source_lines.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("without marks lines are the text's") {
  TextDocument document;
  document.text = "a\nb\n\nc";
  SourceLines lines(document);
  CATCH_CHECK(lines.LineAt(0) == 1);
  CATCH_CHECK(lines.LineAt(1) == 1);
  CATCH_CHECK(lines.LineAt(2) == 2);
  CATCH_CHECK(lines.LineAt(5) == 4);
  CATCH_CHECK(lines.LineAt(6) == 4);
}

CATCH_TEST_CASE("marks set the line, newlines count on from there") {
  TextDocument document;
  document.text = "title\nfirst\nsecond third";
  document.line_marks = {{0, 3}, {6, 10}, {19, 14}};
  SourceLines lines(document);
  CATCH_CHECK(lines.LineAt(0) == 3);
  CATCH_CHECK(lines.LineAt(6) == 10);
  CATCH_CHECK(lines.LineAt(12) == 11);
  CATCH_CHECK(lines.LineAt(18) == 11);
  CATCH_CHECK(lines.LineAt(20) == 14);
}

}  // namespace
}  // namespace seekd
