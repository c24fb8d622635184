#include "core/text/snippet.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/text/utf8.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::vector<std::string> Highlighted(const Snippet& snippet) {
  std::vector<std::string> words;
  for (const SnippetRange& range : snippet.highlights) {
    words.push_back(snippet.text.substr(range.begin, range.end - range.begin));
  }
  return words;
}

using Words = std::vector<std::string>;

CATCH_TEST_CASE("A short chunk is shown whole, its query words highlighted") {
  const Snippet snippet = SnippetMaker("red FOX").Make("The Red fox, and the foxes.");
  CATCH_CHECK(snippet.text == "The Red fox, and the foxes.");
  CATCH_CHECK(Highlighted(snippet) == Words{"Red", "fox"});
}

CATCH_TEST_CASE("The window with most of the query's words is shown") {
  std::string chunk;
  for (int i = 0; i < 100; ++i) chunk += "filler kernel filler ";
  chunk += "the kernel schedules a thread on a core. ";
  for (int i = 0; i < 100; ++i) chunk += "more filler ";
  const Snippet snippet = SnippetMaker("how does the kernel schedule: thread core").Make(chunk);
  CATCH_CHECK(snippet.text.find("thread on a core.") != std::string::npos);
  CATCH_CHECK(snippet.text.size() <= 2 * kSnippetBytes);
}

CATCH_TEST_CASE("Of equal windows one that begins a sentence is preferred") {
  std::string chunk;
  for (int i = 0; i < 40; ++i) chunk += "filler word ";
  chunk += "end. Needle in a haystack. ";
  for (int i = 0; i < 40; ++i) chunk += "filler word ";
  CATCH_CHECK(SnippetMaker("needle").Make(chunk).text.substr(0, 6) == "Needle");
}

CATCH_TEST_CASE("Common words count only when there are no others") {
  CATCH_CHECK(Highlighted(SnippetMaker("what is the fox").Make("what is the fox")) == Words{"fox"});
  CATCH_CHECK(Highlighted(SnippetMaker("what is").Make("what is the fox")) == Words{"what", "is"});
}

CATCH_TEST_CASE("Case and accents do not matter; ideographs are words") {
  CATCH_CHECK(Highlighted(SnippetMaker("CAFE").Make("le Café noir")) == Words{"Café"});
  CATCH_CHECK(Highlighted(SnippetMaker("中").Make("在中国")) == Words{"中"});
}

CATCH_TEST_CASE("Without query words the beginning is shown") {
  const std::string chunk(1000, 'x');
  CATCH_CHECK(SnippetMaker("").Make("hello there").text == "hello there");
  const Snippet snippet = SnippetMaker("?!").Make(chunk);
  CATCH_CHECK(snippet.text.size() <= kSnippetBytes);
  CATCH_CHECK(!snippet.text.empty());
  CATCH_CHECK(snippet.highlights.empty());
}

CATCH_TEST_CASE("Control characters become spaces") {
  CATCH_CHECK(SnippetMaker("b").Make("a\nb\x1b[31mc\xC2\x9B!").text == "a b [31mc  !");
}

CATCH_TEST_CASE("A chunk without words") {
  CATCH_CHECK(SnippetMaker("x").Make("").text.empty());
  const std::string rule(500, '-');
  CATCH_CHECK(SnippetMaker("x").Make(rule).text == rule.substr(0, kSnippetBytes));
  CATCH_CHECK(SnippetMaker("x").Make(rule + " x " + rule).text == "x");
}

// Slow and obvious: the number of distinct query letters in any stretch of
// whole one-letter words no longer than the window.
size_t BestPossible(const std::string& chunk, const std::string& query) {
  size_t best = 0;
  for (size_t begin = 0; begin < chunk.size(); begin += 2) {
    size_t distinct = 0;
    for (char c : query) {
      distinct += chunk.substr(begin, kSnippetBytes).find(c) != std::string::npos;
    }
    best = std::max(best, distinct);
  }
  return best;
}

CATCH_TEST_CASE("No window holds more distinct words than the one chosen") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string chunk;
    // Mostly 'z', so that query words are rare.
    for (int i = 0; i < 400; ++i) {
      chunk += random() % 40 == 0 ? static_cast<char>('b' + random() % 5) : 'z';
      chunk += ' ';
    }
    const Snippet snippet = SnippetMaker("b c d e f").Make(chunk);
    std::set<std::string> found;
    for (const std::string& word : Highlighted(snippet)) found.insert(word);
    CATCH_CHECK(found.size() == BestPossible(chunk, "bcdef"));
  }
}

CATCH_TEST_CASE("Any text gives valid UTF-8 and ranges inside the snippet") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::string chunk;
    const size_t characters = random() % 600;
    for (size_t i = 0; i < characters; ++i) {
      const auto spread = static_cast<char32_t>(random() % 20);
      const char32_t kinds[] = {U'a' + spread, U' ',    U'.',  U'\n', 0x4E00 + spread,
                                0xE0 + spread, 0x1F600, 0x301, 0x7F,  0x85};
      AppendUtf8(kinds[random() % 10], &chunk);
    }
    const Snippet snippet = SnippetMaker("a b 一 é").Make(chunk);
    CATCH_REQUIRE(ValidUtf8Prefix(snippet.text) == snippet.text.size());
    CATCH_REQUIRE(snippet.text.size() <= 2 * kSnippetBytes);
    uint32_t last = 0;
    for (const SnippetRange& range : snippet.highlights) {
      CATCH_REQUIRE(range.begin >= last);
      CATCH_REQUIRE(range.begin < range.end);
      last = range.end;
    }
    CATCH_REQUIRE(last <= snippet.text.size());
  }
}

}  // namespace
}  // namespace seekd
