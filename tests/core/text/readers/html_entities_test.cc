#include "core/text/readers/html_entities.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("named and numeric references") {
  CATCH_CHECK(DecodeHtmlEntities("a &amp; b &lt;c&gt; &quot;&apos;") == "a & b <c> \"'");
  CATCH_CHECK(DecodeHtmlEntities("&Aacute;&zwnj;&AElig;&alpha;&thetasym;") ==
              "\u00C1\u200C\u00C6\u03B1\u03D1");
  CATCH_CHECK(DecodeHtmlEntities("&#233;&#xE9;&#XE9;&#x1F600;") == "\u00E9\u00E9\u00E9\U0001F600");
  CATCH_CHECK(DecodeHtmlEntities("&#150;") == "\u2013");  // Windows-1252, as browsers read it
}

CATCH_TEST_CASE("what is no reference stays; what is no character becomes U+FFFD") {
  CATCH_CHECK(DecodeHtmlEntities("AT&T & co; &; &#; &#x; &nosuch; &#12a; &") ==
              "AT&T & co; &; &#; &#x; &nosuch; &#12a; &");
  CATCH_CHECK(DecodeHtmlEntities("&#0;&#xD800;&#x110000;&#9999999;") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CATCH_CHECK(DecodeHtmlEntities("&amp;lt;") == "&lt;");
}

}  // namespace
}  // namespace seekd
