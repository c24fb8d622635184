#include "core/text/document_reader.h"

#include <zlib.h>

#include <random>

#include "core/text/utf8.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string Packed(std::string text) {
  z_stream stream{};
  CATCH_REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) ==
                Z_OK);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CATCH_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TextDocument Read(std::string_view path, std::string_view bytes, std::string_view type = "") {
  auto document = ReadDocument(path, bytes, type, {});
  CATCH_INFO(document.status().ToString());
  CATCH_REQUIRE(document.ok());
  return *std::move(document);
}

CATCH_TEST_CASE("each kind of file finds its reader") {
  CATCH_CHECK(Read("a.md", "# T\n").headings.size() == 1);
  CATCH_CHECK(Read("a.txt", "# T\n").headings.empty());
  CATCH_CHECK(Read("a.html", "<h1>T</h1>").text == "T\n");
  CATCH_CHECK(Read("a.rst", "T\n=\n").text == "T\n=\n");
  CATCH_CHECK(Read("a.1", ".TH A 1\n").title == "A(1)");
  CATCH_CHECK(Read("a.py", "<html>").text == "<html>");
  CATCH_CHECK(Read("a.unknown", "text").media_type == "text/plain");
}

CATCH_TEST_CASE("a given media type wins") {
  CATCH_CHECK(Read("a.txt", "# T\n", "text/Markdown; charset=utf-8").headings.size() == 1);
  CATCH_CHECK(Read("a.html", "<p>x", "text/plain").text == "<p>x");
  CATCH_CHECK(Read("", "x", "application/x-own").media_type == "application/x-own");
}

CATCH_TEST_CASE("gzipped pages and texts") {
  CATCH_CHECK(Read("ls.1.gz", Packed(".TH LS 1\n.SH NAME\nls\n")).title == "LS(1)");
  CATCH_CHECK(Read("notes.txt.GZ", Packed("hello")).text == "hello");
  CATCH_CHECK(ReadDocument("a.gz", "no gzip", "", {}).status().code() ==
              absl::StatusCode::kDataLoss);
  CATCH_CHECK(ReadDocument("a.gz", Packed("hello"), "", {4}).status().code() ==
              absl::StatusCode::kResourceExhausted);
  CATCH_CHECK(ReadDocument("a.txt", Packed("hello"), "", {}).status().code() ==
              absl::StatusCode::kInvalidArgument);
  const std::string binary(3, '\0');
  CATCH_CHECK(ReadDocument("a.gz", Packed(binary), "", {}).status().message() ==
              "binary file (NUL at byte 0)");
}

CATCH_TEST_CASE("an HTML file's own charset is honoured") {
  const std::string latin = "<meta charset=windows-1252><p>caf\xE9";
  CATCH_CHECK(Read("a.html", latin).text == "caf\xC3\xA9\n");
  CATCH_CHECK(Read("a.html", "<meta charset=utf-8><p>caf\xE9").text == "caf\xEF\xBF\xBD\n");
}

CATCH_TEST_CASE("headings and marks of any input ascend within valid UTF-8 text") {
  std::mt19937 rng(8);
  const std::string_view kBits[] = {
      "<h1>",   "</h1>",    "<p>",       "<pre>",      "</pre>", "<!--",
      "-->",    "<script>", "</script>", "<a \"",      ">",      "&amp;",
      "&#x41;", "&",        "# ",        "##",         "\n",     "\n\n",
      "---\n",  "===\n",    "```",       "~~~\n",      "word ",  ".SH ",
      ".TP\n",  ".B ",      "\\fB",      "\\(aq",      "\\",     "\\*(",
      ".if n ", ".de X\n",  "..\n",      "\\{",        "\\}",    ".Op Fl a Ar b",
      "\n.Nm",  "\xC3\xA9", "\xFF",      "title: x\n", "\t",     "  ",
      "\r\n",   "\"",       "'",         "<title>"};
  for (const char* path : {"a.md", "a.html", "a.rst", "a.txt"}) {
    for (int round = 0; round < 3000; ++round) {
      std::string bytes;
      for (size_t n = rng() % 60; n > 0; --n) bytes += kBits[rng() % std::size(kBits)];
      const std::string type = round % 2 == 0 ? "" : "text/troff";
      const auto document = ReadDocument(path, bytes, type, {});
      if (!document.ok()) continue;
      CATCH_REQUIRE(ValidUtf8Prefix(document->text) == document->text.size());
      uint64_t at = 0;
      for (const Heading& heading : document->headings) {
        CATCH_REQUIRE(heading.byte_offset >= at);
        CATCH_REQUIRE(heading.byte_offset < document->text.size());
        CATCH_REQUIRE(ValidUtf8Prefix(heading.title) == heading.title.size());
        at = heading.byte_offset;
      }
      at = 0;
      for (const LineMark& mark : document->line_marks) {
        CATCH_REQUIRE(mark.byte_offset >= at);
        CATCH_REQUIRE(mark.line >= 1);
        at = mark.byte_offset;
      }
    }
  }
}

}  // namespace
}  // namespace seekd
