#include "core/text/readers/html_reader.h"

#include <string>

#include "core/text/source_lines.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string Text(const std::string& source) { return ReadHtml(source).text; }

CATCH_TEST_CASE("blocks become lines, white space is folded") {
  CATCH_CHECK(Text("<p>one\n  two</p><p>three</p>") == "one two\n\nthree\n");
  CATCH_CHECK(Text("<ul><li>a<li>b</ul>c<br>d") == "a\nb\nc\nd\n");
  CATCH_CHECK(Text("<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>") == "a b\nc\n");
  CATCH_CHECK(Text("a<b>b</b> <i>c</i>d") == "ab cd\n");
  CATCH_CHECK(Text("  \n ").empty());
}

CATCH_TEST_CASE("scripts, styles, comments and declarations vanish") {
  CATCH_CHECK(Text("a<script>if (x<y) '</p>'</script >b<style>p{}</STYLE>c") == "abc\n");
  CATCH_CHECK(Text("a<!-- <p> -- > -->b<!DOCTYPE x><?xml ?>c<!-->d") == "abcd\n");
  CATCH_CHECK(Text("a<![CDATA[x]]>b<template><p>t</template>c") == "abc\n");
  CATCH_CHECK(Text("a<script>never closed") == "a\n");
}

CATCH_TEST_CASE("preformatted text keeps its lines") {
  CATCH_CHECK(Text("x<pre>  a\n    b <b>c</b>\n\nd</pre>y  z") ==
              "x\n\n  a\n    b c\n\nd\n\ny z\n");
}

CATCH_TEST_CASE("headings and title") {
  const TextDocument document = ReadHtml(
      "<html><head><title> The\n &amp; title </title></head><body><h1>One</h1>text<h3 "
      "id=x>T<b>w</b>o</h3>"
      "<svg><title>no</title></svg></body>");
  CATCH_CHECK(document.title == "The & title");
  CATCH_CHECK(document.text == "One\n\ntext\n\nTwo\n");
  CATCH_REQUIRE(document.headings.size() == 2);
  CATCH_CHECK(document.headings[0].title == "One");
  CATCH_CHECK(document.headings[1].title == "Two");
  CATCH_CHECK(document.headings[1].level == 3);
  CATCH_CHECK(document.headings[1].byte_offset == 11);
}

CATCH_TEST_CASE("tolerance: what is no markup is text") {
  CATCH_CHECK(Text("a < b <3 <> </ c") == "a < b <3 <> </ c\n");
  CATCH_CHECK(Text("x <b unclosed") == "x <b unclosed\n");
  CATCH_CHECK(Text("x <! y") == "x <! y\n");
  CATCH_CHECK(Text("<a title='x > y'>z</a>") == "z\n");
  CATCH_CHECK(Text("<a title='never closed>z</a><p>y") == "z\n\ny\n");
  CATCH_CHECK(Text("<title>no end<body>text") == "text\n");
}

CATCH_TEST_CASE("html: text leads back to its source line") {
  const std::string source =
      "<html>\n<head>\n<title>x</title>\n</head>\n<body>\n<p>alpha\nbeta</p>\n\n\n<p>gamma\n"
      "<pre>\ndelta\n\nepsilon</pre>\n";
  const TextDocument document = ReadHtml(source);
  SourceLines lines(document);
  uint32_t expected = 0;
  for (const char* word : {"alpha", "beta", "gamma", "delta", "epsilon"}) {
    const std::string_view before = std::string_view(source).substr(0, source.find(word));
    expected = 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    CATCH_INFO(word);
    CATCH_CHECK(lines.LineAt(document.text.find(word)) == expected);
  }
}

CATCH_TEST_CASE("hostile megabytes take linear time") {
  for (const char* bit : {"<", "<a \"", "<a \"\"", "<a '\">", "<!--", "<!", "</script", "<script>",
                          "<h1>", "<title>", "&amp", "<pre>", "<![CDATA["}) {
    std::string source;
    while (source.size() < 2 << 20) source += bit;
    CATCH_CHECK(ReadHtml(source + "'>'").text.size() <= 2 * source.size());
  }
}

}  // namespace
}  // namespace seekd
