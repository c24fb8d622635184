#include "core/text/bert_words.h"

#include <random>
#include <string>
#include <vector>

#include "tests/core/text/slow_bert.h"
#include "tests/core/text/text_test_support.h"
#include "tests/support/catch.h"
#include "tests/support/rounds.h"

namespace seekd {
namespace {

using Words = std::vector<std::string>;

Words Split(std::string_view text, const BertNormalization& normalization = {}) {
  Words words;
  BertWordSplitter splitter([&](std::string_view word, uint32_t) { words.emplace_back(word); },
                            BertCharacters::Get(normalization));
  splitter.Split(text);
  return words;
}

// Without what the splitter cuts off a long word.
Words SlowSplit(const std::string& text, const BertNormalization& normalization) {
  Words words;
  for (const std::u32string& word : SlowWords(text, normalization)) {
    words.push_back(EncodeText(word.substr(0, kMaxWordCharacters)));
  }
  return words;
}

CATCH_TEST_CASE("words are lower-cased, stripped of accents and split at punctuation") {
  CATCH_CHECK(Split("") == Words{});
  CATCH_CHECK(Split(" \t\r\n\xE3\x80\x80") == Words{});
  CATCH_CHECK(Split("Hello, World!") == Words{"hello", ",", "world", "!"});
  CATCH_CHECK(Split("\xC3\x89l\xC3\xA8ve E\xCC\x81t\xC3\xA9") == Words{"eleve", "ete"});
  CATCH_CHECK(Split("$5^2`~") == Words{"$", "5", "^", "2", "`", "~"});
  CATCH_CHECK(Split("a\xE2\x80\x94z") == Words{"a", "\xE2\x80\x94", "z"});  // em dash
  CATCH_CHECK(Split("\xC4\xB0X") == Words{"ix"});                           // dotted capital I
}

CATCH_TEST_CASE("control characters and U+FFFD vanish without splitting") {
  CATCH_CHECK(Split(std::string("a\0b", 3)) == Words{"ab"});
  CATCH_CHECK(Split("so\xC2\xAD"
                    "ft a\x01z a\xEF\xBF\xBDz a\xFFz") == Words{"soft", "az", "az", "az"});
  CATCH_CHECK(Split("line\x0B"
                    "feed") == Words{"linefeed"});  // Cc, not white space for BERT
}

CATCH_TEST_CASE("ideographs stand alone") {
  CATCH_CHECK(Split("\xE4\xB8\xAD\xE6\x96\x87x") == Words{"\xE4\xB8\xAD", "\xE6\x96\x87", "x"});
  // A compatibility ideograph becomes its unified one.
  CATCH_CHECK(Split("\xEF\xA4\x80") == Words{"\xE8\xB1\x88"});
}

CATCH_TEST_CASE("a decomposition may hold punctuation") {
  CATCH_CHECK(Split("a\xE2\x89\xA0z") == Words{"a", "=", "z"});  // not-equal sign
  CATCH_CHECK(Split("a\xCD\xBEz") == Words{"a", ";", "z"});      // Greek question mark
}

CATCH_TEST_CASE("combining marks other than Mn are put in canonical order") {
  // U+302E (class 224) before U+1BF2 (class 9): swapped. A starter between keeps them.
  CATCH_CHECK(Split("x\xE3\x80\xAE\xE1\xAF\xB2") == Words{"x\xE1\xAF\xB2\xE3\x80\xAE"});
  CATCH_CHECK(Split("x\xE3\x80\xAEx\xE1\xAF\xB2") == Words{"x\xE3\x80\xAEx\xE1\xAF\xB2"});
}

CATCH_TEST_CASE("what is not asked for does not happen") {
  const std::string text = "\xC3\x89t\xC3\xA9 E\xCC\x81t \xE4\xB8\xADx";
  CATCH_CHECK(Split(text, {.lowercase = false}) ==
              Words{"\xC3\x89t\xC3\xA9", "E\xCC\x81t", "\xE4\xB8\xAD", "x"});
  CATCH_CHECK(Split(text, {.strip_accents = false}) ==
              Words{"\xC3\xA9t\xC3\xA9", "e\xCC\x81t", "\xE4\xB8\xAD", "x"});
  CATCH_CHECK(Split(text, {.lowercase = false, .strip_accents = true}) ==
              Words{"Ete", "Et", "\xE4\xB8\xAD", "x"});
  CATCH_CHECK(Split(text, {.isolate_ideographs = false}) == Words{"ete", "et", "\xE4\xB8\xADx"});
  // The dotted capital I is two characters in lower case; an undecomposed sign is no "=".
  CATCH_CHECK(Split("\xC4\xB0 \xE2\x89\xA0", {.strip_accents = false}) ==
              Words{"i\xCC\x87", "\xE2\x89\xA0"});
}

CATCH_TEST_CASE("the slow splitter agrees on random texts, whatever the settings") {
  for (const BertNormalization& how : AllNormalizations()) {
    CATCH_INFO(Describe(how));
    std::mt19937 rng(7);
    for (int round = 0; round < testing::Rounds(1000); ++round) {
      const std::string text = RandomText(&rng, 1 + static_cast<int>(rng() % 80), round % 2 == 0);
      if (Split(text, how) != SlowSplit(text, how)) CATCH_FAIL("round " << round << ": " << text);
    }
  }
}

CATCH_TEST_CASE("the slow splitter agrees on every code point inside a word") {
  const std::vector<BertNormalization> all = AllNormalizations();
  // Under a sanitizer those that are farthest from the default.
  for (auto how = all.end() - testing::Rounds(static_cast<int>(all.size())); how != all.end();
       ++how) {
    CATCH_INFO(Describe(*how));
    std::string text;
    for (char32_t c = 0; c < 0x110000; ++c) {
      text += "ab";
      AppendUtf8(c, &text);
      text += "c ";
      if (c % 4096 != 4095) continue;
      if (Split(text, *how) != SlowSplit(text, *how)) {
        CATCH_FAIL("block ending at " << static_cast<uint32_t>(c));
      }
      text.clear();
    }
  }
}

CATCH_TEST_CASE("a long word reports all of its characters") {
  std::vector<uint32_t> counts;
  BertWordSplitter splitter([&](std::string_view, uint32_t n) { counts.push_back(n); });
  splitter.Split(std::string(100, 'a') + " " + std::string(101, 'a') + " " +
                 std::string(1 << 20, 'b'));
  CATCH_CHECK(counts == std::vector<uint32_t>{100, 101, 1 << 20});
}

}  // namespace
}  // namespace seekd
