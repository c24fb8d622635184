#include "core/text/ignore_rules.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

struct Case {
  const char* patterns;
  const char* path;
  bool is_folder;
  bool ignored;
};

// Each answer was compared with `git check-ignore`.
constexpr Case kCases[] = {
    {"*.o\n", "a.o", false, true},
    {"*.o\n", "x/y/a.o", false, true},
    {"*.o\n", "a.oo", false, false},
    {"/a\n", "a", false, true},
    {"/a\n", "x/a", false, false},
    {"x/a\n", "x/a", false, true},
    {"x/a\n", "y/x/a", false, false},
    {"build/\n", "build", true, true},
    {"build/\n", "build", false, false},
    {"build/\n", "x/build", true, true},
    {"build/\n", "build/a.txt", false, true},
    {"x/build/\n", "y/x/build", true, false},
    {"*.log\n!keep.log\n", "keep.log", false, false},
    {"*.log\n!keep.log\n", "x.log", false, true},
    {"!keep.log\n*.log\n", "keep.log", false, true},
    {"a/\n!a/b\n", "a/b", false, true},
    {"a/*\n!a/b\n", "a/b", false, false},
    {"a/*\n!a/b\n", "a/c", false, true},
    {"**/tmp\n", "a/b/tmp", false, true},
    {"tmp/**\n", "tmp/a/b", false, true},
    {"tmp/**\n", "tmp", true, false},
    {"a/**/z\n", "a/z", false, true},
    {"a/**/z\n", "a/b/c/z", false, true},
    {"foo/*\n", "foo/a/b", false, true},
    {"# comment\n", "# comment", false, false},
    {"\\#x\n", "#x", false, true},
    {"\\!x\n", "!x", false, true},
    {"a  \n", "a", false, true},
    {"a\\ \n", "a ", false, true},
    {"a\\ \n", "a", false, false},
    {"\n\n", "a", false, false},
    {"a\r\nb\r\n", "a", false, true},
    {"a\r\nb\r\n", "b", false, true},
    {"\xEF\xBB\xBF"
     "a\n",
     "a", false, true},
    {"[a-c].txt\n", "b.txt", false, true},
    {"[!a-c].txt\n", "b.txt", false, false},
    {"/\n", "a", false, false},
    {"!\n", "a", false, false},
    {"*\n!*/\n!*.md\n", "d/x.md", false, false},
    {"*\n!*/\n!*.md\n", "d/x.c", false, true},
    {"/*\n!/src\n", "src/a", false, false},
    {"/*\n!/src\n", "lib/a", false, true},
    {"a?c\n", "abc", false, true},
    {"a?c\n", "a/c", false, false},
    {"last", "last", false, true},
};

CATCH_TEST_CASE("patterns of one file") {
  for (const Case& c : kCases) {
    CATCH_INFO(c.patterns << " -> " << c.path);
    const auto rules = IgnoreRules::Extend(nullptr, "", c.patterns);
    CATCH_CHECK(rules->Ignores(c.path, c.is_folder) == c.ignored);
  }
}

CATCH_TEST_CASE("deeper files win; their patterns begin at their folder") {
  const auto root = IgnoreRules::Extend(nullptr, "", "*.log\n/only_root\nlib/x\n");
  const auto sub = IgnoreRules::Extend(root, "sub", "!*.log\n/own\n");
  CATCH_CHECK(root->Ignores("a.log", false));
  CATCH_CHECK_FALSE(sub->Ignores("sub/a.log", false));
  CATCH_CHECK(sub->Ignores("sub/own", false));
  CATCH_CHECK_FALSE(sub->Ignores("sub/deeper/own", false));
  CATCH_CHECK_FALSE(sub->Ignores("sub/only_root", false));
  CATCH_CHECK_FALSE(sub->Ignores("sub/lib/x", false));
  CATCH_CHECK(sub->Ignores("other.log", false));  // not below "sub": the root's rules alone
  CATCH_CHECK_FALSE(IgnoreRules::Extend(sub, "sub", "")->Ignores("sub/a.log", false));
}

CATCH_TEST_CASE("of two files in one folder the second wins") {
  const auto git = IgnoreRules::Extend(nullptr, "", "*.md\n");
  const auto seek = IgnoreRules::Extend(git, "", "!README.md\n");
  CATCH_CHECK(seek->Ignores("a.md", false));
  CATCH_CHECK_FALSE(seek->Ignores("README.md", false));
}

CATCH_TEST_CASE("GlobMatch is the same matcher") {
  CATCH_CHECK(GlobMatch("docs/**/*.md", "docs/a/b.md"));
  CATCH_CHECK_FALSE(GlobMatch("docs/*.md", "docs/a/b.md"));
}

}  // namespace
}  // namespace seekd
