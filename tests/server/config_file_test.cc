#include "server/config_file.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto entries = ParseConfig(text, "f.toml");
  CATCH_REQUIRE(entries.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(entries.status().message());
}

CATCH_TEST_CASE("Keys and values of every kind") {
  const auto entries = ParseConfig(
      "# comment\n"
      "\n"
      "data = \"/home/ada/my data\"  # behind a value\n"
      "socket='/run/#1.sock'\r\n"
      "  threads = 4\n"
      "log-level = \"a\\\"b\\\\c\\n\\t\"",
      "f.toml");
  CATCH_REQUIRE(entries.ok());
  CATCH_REQUIRE(entries->size() == 4);
  CATCH_CHECK((*entries)[0].key == "data");
  CATCH_CHECK((*entries)[0].value == "/home/ada/my data");
  CATCH_CHECK((*entries)[0].line == 3);
  CATCH_CHECK((*entries)[1].value == "/run/#1.sock");
  CATCH_CHECK((*entries)[2].value == "4");
  CATCH_CHECK((*entries)[3].value == "a\"b\\c\n\t");
}

CATCH_TEST_CASE("Every malformed line is named by its number") {
  for (const char* line : {"data", "= 1", "data =", "data = \"open", "data = 'open", "data = a b",
                           "data = \"x\" y", "data = \"\\q\"", "[server]", "da ta = 1"}) {
    CATCH_CHECK(ErrorOf(std::string("threads = 1\n") + line).find("f.toml:2: ") == 0);
  }
}

CATCH_TEST_CASE("A key may stand only once") {
  CATCH_CHECK(ErrorOf("a = 1\nb = 1\na = 2\n").find("f.toml:3: the key a stands twice") == 0);
}

CATCH_TEST_CASE("An empty file says nothing") {
  CATCH_CHECK(ParseConfig("", "f")->empty());
  CATCH_CHECK(ParseConfig("\n\n", "f")->empty());
}

}  // namespace
}  // namespace seekd
