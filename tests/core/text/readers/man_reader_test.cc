#include "core/text/readers/man_reader.h"

#include <algorithm>
#include <string>

#include "core/text/readers/roff.h"
#include "core/text/source_lines.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string Text(const std::string& source) { return ReadMan(source).text; }

CATCH_TEST_CASE("roff escapes") {
  CATCH_CHECK(DecodeRoff("\\fBbold\\fR \\f(CWcode\\fP \\f[I]it\\f[] a\\-b \\e \\\\ \\&x\\|y") ==
              "bold code it a-b \\ \\ xy");
  CATCH_CHECK(DecodeRoff("\\(aqq\\(aq \\(lqx\\(rq \\[u00E9] \\(bu \\(nosuch") ==
              "'q' \u201Cx\u201D \u00E9 \u2022 such");
  CATCH_CHECK(DecodeRoff("\\s-1SMALL\\s0 \\s+2big\\s0 \\h'1i'x\\v'-2'y \\*(Aqz\\*(Aq \\nXn") ==
              "SMALL big xy 'z' n");
  CATCH_CHECK(DecodeRoff("text \\\" comment") == "text ");
  for (const char* cut :
       {"\\", "\\(", "\\(a", "\\[", "\\f", "\\f(", "\\s", "\\s-", "\\h", "\\h'", "\\*"}) {
    CATCH_CHECK(DecodeRoff(cut).empty());
  }
}

CATCH_TEST_CASE("man: title, sections, paragraphs, fonts") {
  const TextDocument document = ReadMan(
      ".\\\" a comment\n.TH LS 1 \"May 2020\"\n.SH NAME\nls \\- list\n.SH \"SEE ALSO\"\nUse\n.B ls "
      "\\-l\n"
      "or\n.BR cat (1),\nnow.\n.PP\nNext.\n.SS Sub\nend\n");
  CATCH_CHECK(document.title == "LS(1)");
  CATCH_CHECK(document.text ==
              "LS(1)\n\nNAME\n\nls - list\n\nSEE ALSO\n\nUse ls -l or cat(1), "
              "now.\n\nNext.\n\nSub\n\nend\n");
  CATCH_REQUIRE(document.headings.size() == 3);
  CATCH_CHECK(document.headings[1].title == "SEE ALSO");
  CATCH_CHECK(document.headings[2].level == 2);
}

CATCH_TEST_CASE("man: lists, examples, tables, a heading on its own line") {
  CATCH_CHECK(Text(".TP\n.BI \\-a \" file\"\nthe option\nof it\n.TP\n.B \\-b\nother\n") ==
              "-a file\nthe option of it\n\n-b\nother\n");
  CATCH_CHECK(Text(".IP \\(bu 4\nitem\n.IP\nmore\n") == "\u2022\nitem\n\nmore\n");
  CATCH_CHECK(Text("a\n.nf\n  b  c\n    d\n.fi\ne\nf\n") == "a\n\n  b  c\n    d\n\ne f\n");
  CATCH_CHECK(Text(".TS\ntab(;);\nl l.\na;b\nc;d\n.TE\nx\n") == "a;b\nc;d\n\nx\n");
  CATCH_CHECK(Text(".SH\nNAME\nls\n") == "NAME\n\nls\n");
  CATCH_CHECK(Text(".SH In short\nx\n") == "In short\n\nx\n");
}

CATCH_TEST_CASE("what prints nothing") {
  CATCH_CHECK(Text(".de XX\n.B hidden\n..\n.ig\nhidden\n..\n.ad l\n.nh\n'\\\" t\nshown\n") ==
              "shown\n");
  CATCH_CHECK(Text(".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.if t hidden\n.if n shown\n") ==
              "shown\n");
  CATCH_CHECK(Text(".if \\nF \\{\\\n.B hidden\n.if x \\{\n.B hidden\n.\\}\n.\\}\nshown\n") ==
              "shown\n");
}

CATCH_TEST_CASE("mdoc") {
  const TextDocument document = ReadMan(
      ".Dd May 1, 2020\n.Dt CAT 1\n.Os\n.Sh NAME\n.Nm cat\n.Nd concatenate files\n.Sh "
      "SYNOPSIS\n.Nm\n"
      ".Op Fl benst\n.Op Ar\n.Sh DESCRIPTION\nThe\n.Nm\nutility reads\n.Ar file\nand\n.Pa /etc/x "
      ",\n"
      ".Xr ls 1 .\n.Bl -tag\n.It Fl b\nNumber lines\n.Pq see Fl n .\n.It Fl o Ns Ar "
      "name\nx\n.El\n");
  CATCH_CHECK(document.title == "CAT(1)");
  CATCH_CHECK(
      document.text ==
      "CAT(1)\n\nNAME\n\ncat \u2014 concatenate files\n\nSYNOPSIS\n\ncat [-benst] [file ...]\n\n"
      "DESCRIPTION\n\nThe cat utility reads file and /etc/x, ls(1).\n\n-b\nNumber lines (see "
      "-n).\n\n"
      "-oname\nx\n");
}

CATCH_TEST_CASE("man: text leads back to its source line") {
  const std::string source =
      ".TH A 1\n.SH ONE\nalpha\nbeta\n.PP\n.\\\" comment\n\ngamma\n.TP\ndelta\nepsilon\n";
  const TextDocument document = ReadMan(source);
  SourceLines lines(document);
  for (const char* word : {"ONE", "alpha", "beta", "gamma", "delta", "epsilon"}) {
    const auto before = source.substr(0, source.find(word));
    const auto expected = 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    CATCH_INFO(word);
    CATCH_CHECK(lines.LineAt(document.text.find(word)) == expected);
  }
}

}  // namespace
}  // namespace seekd
