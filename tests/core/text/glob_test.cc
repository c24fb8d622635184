#include "core/text/glob.h"

#include <random>
#include <string>

#include "tests/support/catch.h"

namespace seekd {
namespace {

struct Case {
  const char* pattern;
  const char* path;
  bool matches;
};

// The answers are those of git's wildmatch with WM_PATHNAME.
constexpr Case kCases[] = {
    {"", "", true},
    {"", "a", false},
    {"foo", "foo", true},
    {"foo", "bar", false},
    {"foo", "fo", false},
    {"foo", "fool", false},
    {"???", "foo", true},
    {"??", "foo", false},
    {"*", "foo", true},
    {"*", "", true},
    {"f*", "foo", true},
    {"*f", "foo", false},
    {"*foo*", "foo", true},
    {"*ob*a*r*", "foobar", true},
    {"*ab", "aaaaaaabababab", true},
    {"foo\\*", "foo*", true},
    {"foo\\*bar", "foobar", false},
    {"f\\\\oo", "f\\oo", true},
    {"*[al]?", "ball", true},
    {"[ten]", "ten", false},
    {"t[a-g]n", "ten", true},
    {"t[!a-g]n", "ten", false},
    {"t[!a-g]n", "ton", true},
    {"t[^a-g]n", "ton", true},
    {"a[]]b", "a]b", true},
    {"a[]-]b", "a-b", true},
    {"a[]-]b", "aab", false},
    {"[\\-_]", "-", true},
    {"[[:digit:][:upper:]]x", "7x", true},
    {"[[:alpha:]]", "7", false},
    {"[z-a]", "m", false},
    {"[", "[", false},
    {"[a", "a", false},
    {"foo\\", "foo\\", false},
    {"*", "a/b", false},
    {"?", "/", false},
    {"a[/]b", "a/b", false},
    {"a[!x]b", "a/b", false},
    {"*/foo", "bar/foo", true},
    {"*/foo", "a/b/foo", false},
    {"foo/*", "foo/a", true},
    {"foo/*", "foo/a/b", false},
    {"foo*bar", "foo/baz/bar", false},
    {"**", "a/b/c", true},
    {"**/foo", "foo", true},
    {"**/foo", "a/b/foo", true},
    {"**/foo", "xfoo", false},
    {"foo/**", "foo/a/b", true},
    {"foo/**", "foo", false},
    {"a/**/b", "a/b", true},
    {"a/**/b", "a/x/y/b", true},
    {"a/**/b", "axb", false},
    {"a/**/b", "a/xb", false},
    {"**/*.md", "docs/a/x.md", true},
    {"**/*.md", "x.md", true},
    {"foo**bar", "foo/bar", false},
    {"foo**bar", "fooxbar", true},
    {"a**/b", "ax/b", true},
    {"a**/b", "ax/y/b", false},
    {"**/a/**/z", "q/a/b/c/z", true},
    {"**a", "x/a", false},
    {"docs/**/*.txt", "docs/x.txt", true},
    {"a/*/**/b", "a/b", false},
    {"***/b", "a/b", true},
};

CATCH_TEST_CASE("known answers") {
  for (const Case& c : kCases) {
    CATCH_INFO(c.pattern << " against " << c.path);
    CATCH_CHECK(Glob(c.pattern).Matches(c.path) == c.matches);
  }
}

// Backtracking over the pattern as defined: slow, obvious.
bool SlowMatch(const std::string& p, size_t i, const std::string& s, size_t j) {
  if (i == p.size()) return j == s.size();
  if (p[i] == '*') {
    size_t end = i;
    while (end < p.size() && p[end] == '*') ++end;
    const bool folders =
        end - i >= 2 && (i == 0 || p[i - 1] == '/') && (end == p.size() || p[end] == '/');
    if (folders && end == p.size()) return true;
    for (size_t k = j; k <= s.size(); ++k) {
      if (folders ? (k == j || s[k - 1] == '/') && SlowMatch(p, end + 1, s, k)
                  : SlowMatch(p, end, s, k)) {
        return true;
      }
      if (!folders && k < s.size() && s[k] == '/') return false;
    }
    return false;
  }
  return j < s.size() && (p[i] == s[j] || (p[i] == '?' && s[j] != '/')) &&
         SlowMatch(p, i + 1, s, j + 1);
}

CATCH_TEST_CASE("random patterns agree with backtracking") {
  std::mt19937 rng(9);
  const std::string pattern_bytes = "ab/**?", path_bytes = "ab/";
  for (int round = 0; round < 200000; ++round) {
    std::string pattern, path;
    for (size_t n = rng() % 9; n > 0; --n) pattern += pattern_bytes[rng() % pattern_bytes.size()];
    for (size_t n = rng() % 9; n > 0; --n) path += path_bytes[rng() % path_bytes.size()];
    if (Glob(pattern).Matches(path) != SlowMatch(pattern, 0, path, 0))
      CATCH_FAIL(pattern << " " << path);
  }
}

CATCH_TEST_CASE("stars without end do not blow up") {
  std::string pattern, path(20000, 'a');
  for (int i = 0; i < 50; ++i) pattern += "*a";
  CATCH_CHECK_FALSE(Glob(pattern + "b").Matches(path));
  std::string folders, deep;
  for (int i = 0; i < 50; ++i) folders += "**/a*/";
  for (int i = 0; i < 5000; ++i) deep += "aa/";
  CATCH_CHECK_FALSE(Glob(folders + "b").Matches(deep));
}

}  // namespace
}  // namespace seekd
