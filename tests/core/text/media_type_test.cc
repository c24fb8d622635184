#include "core/text/media_type.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("by suffix") {
  CATCH_CHECK(DetectMediaType("a/README.md", "") == "text/markdown");
  CATCH_CHECK(DetectMediaType("x.HTM", "") == "text/html");
  CATCH_CHECK(DetectMediaType("x.rst", "") == "text/x-rst");
  CATCH_CHECK(DetectMediaType("x.cc", "") == "text/x-c++");
  CATCH_CHECK(DetectMediaType("x.py", "<html>") == "text/x-python");
  CATCH_CHECK(DetectMediaType("dir.md/file", "") == "text/plain");
  CATCH_CHECK(DetectMediaType(".md", "") == "text/plain");
  CATCH_CHECK(DetectMediaType("", "") == "text/plain");
}

CATCH_TEST_CASE("by content") {
  CATCH_CHECK(DetectMediaType("page", " \n<!DOCTYPE HTML><p>") == "text/html");
  CATCH_CHECK(DetectMediaType("page.asp", "<HTML>") == "text/html");
  CATCH_CHECK(DetectMediaType("page", "<p>") == "text/plain");
}

CATCH_TEST_CASE("man pages need the look of one") {
  CATCH_CHECK(DetectMediaType("ls.1", ".TH LS 1\n") == "text/troff");
  CATCH_CHECK(DetectMediaType("ssl.3ssl", "'\\\" t\n.\\\" comment\n\n.TH SSL 3\n") == "text/troff");
  CATCH_CHECK(DetectMediaType("ssh.1", ".Dd 1 May\n.Dt SSH 1\n") == "text/troff");
  CATCH_CHECK(DetectMediaType("link.1", ".so man1/ls.1\n") == "text/troff");
  CATCH_CHECK(DetectMediaType("page", ".\\\" comment\n.TH A 1\n") == "text/troff");
  CATCH_CHECK(DetectMediaType("notes.1", "first notes\n.TH LS 1\n") == "text/plain");
  CATCH_CHECK(DetectMediaType("notes.1", "") == "text/plain");
  CATCH_CHECK(DetectMediaType("page.xyz", "hello") == "text/plain");
}

CATCH_TEST_CASE("normalisation and declared charsets") {
  CATCH_CHECK(NormalizeMediaType(" Text/HTML; charset=utf-8") == "text/html");
  CATCH_CHECK(DeclaredHtmlCharset("<meta charset=\"UTF-8\">") == "utf-8");
  CATCH_CHECK(DeclaredHtmlCharset(
                  "<META http-equiv='x' content='text/html; charset=ISO-8859-1'>") == "iso-8859-1");
  CATCH_CHECK(DeclaredHtmlCharset("<p>charset=x") == "");
  CATCH_CHECK(DeclaredHtmlCharset("<meta charset=") == "");
}

}  // namespace
}  // namespace seekd
