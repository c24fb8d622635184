#include "core/text/chunk_units.h"

#include <string>

#include "core/text/utf8.h"
#include "tests/core/text/text_test_support.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::vector<TextUnit> Split(const TextDocument& document, uint32_t max_weight = 336) {
  return SplitIntoUnits(document, TestTokenizer(), max_weight);
}

std::vector<TextUnit> Split(const std::string& text) {
  TextDocument document;
  document.text = text;
  return Split(document);
}

std::string Words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += i == 0 ? "word" : " word";
  return text;
}

CATCH_TEST_CASE("text without tokens has no units") {
  CATCH_CHECK(Split("").empty());
  CATCH_CHECK(Split(" \n\t\f \r\n").empty());
  CATCH_CHECK(Split("\xC2\xAD\xE2\x80\x8B").empty());  // soft hyphen, zero width space
}

CATCH_TEST_CASE("lines and paragraphs are units; small neighbours are joined") {
  const std::string line = Words(12);
  const auto units = Split("  " + line + ".\n" + line + "\n\n" + line + "\na b\n");
  CATCH_REQUIRE(units.size() == 3);
  CATCH_CHECK(units[0].begin == 0);
  CATCH_CHECK(units[1].border == Border::kSentenceLine);
  CATCH_CHECK(units[2].border == Border::kParagraph);
  CATCH_CHECK(units[2].weight == 14);
}

CATCH_TEST_CASE("headings begin units and stick to what follows") {
  TextDocument document;
  document.text = "# One\n\n## Two\n\n" + Words(20) + "\n\n## Three\n" + Words(20) + "\n";
  const size_t three = document.text.find("## Three");
  document.headings = {{0, 1, "One"}, {7, 2, "Two"}, {three, 2, "Three"}};
  const auto units = Split(document);
  CATCH_REQUIRE(units.size() == 4);
  CATCH_CHECK(units[0].border == Border::kHeading);
  CATCH_CHECK(units[0].level == 1);
  CATCH_CHECK(units[1].border == Border::kAfterHeading);
  CATCH_CHECK(units[2].border == Border::kHeading);
  CATCH_CHECK(units[2].level == 2);
  CATCH_CHECK(units[2].begin == three);
  CATCH_CHECK(units[3].border == Border::kAfterHeading);
}

CATCH_TEST_CASE("a long line is cut at sentences, then at words, then inside") {
  const auto sentences = Split(Words(30) + ". " + Words(30) + "! " + Words(30));
  CATCH_REQUIRE(sentences.size() == 3);
  CATCH_CHECK(sentences[1].border == Border::kSentence);

  const auto words = Split(Words(200));
  CATCH_REQUIRE(words.size() > 5);
  CATCH_CHECK(words[1].border == Border::kWord);

  std::string commas;
  for (int i = 0; i < 300; ++i) commas += "abc,";
  const auto punctuation = Split(commas);
  CATCH_REQUIRE(punctuation.size() > 5);
  CATCH_CHECK(punctuation[1].border == Border::kPunctuation);

  const auto inside = Split(std::string(1 << 20, 'x'));
  CATCH_REQUIRE(inside.size() == 256);
  CATCH_CHECK(inside[1].border == Border::kInsideWord);
  CATCH_CHECK(inside[1].weight == 4096 / kBytesPerToken);
}

CATCH_TEST_CASE("ideographic text is cut between ideographs") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\xE4\xB8\xAD\xE6\x96\x87";
  const auto units = Split(text);
  CATCH_REQUIRE(units.size() > 5);
  for (size_t i = 1; i < units.size(); ++i) {
    CATCH_CHECK(units[i].border == Border::kPunctuation);
    CATCH_CHECK_FALSE(IsUtf8Continuation(text[units[i].begin]));
  }
}

CATCH_TEST_CASE("weights are exact token counts of every stretch without inside cuts") {
  std::mt19937 rng(5);
  for (int round = 0; round < 300; ++round) {
    TextDocument document;
    document.text =
        round % 2 == 0 ? RandomMarkdown(&rng, 6) : RepairUtf8(RandomText(&rng, 900, true));
    const auto units = Split(document, round % 3 == 0 ? 16 : 336);
    for (size_t first = 0; first < units.size(); ++first) {
      uint32_t weight = 0;
      for (size_t next = first + 1; next <= units.size(); ++next) {
        weight += units[next - 1].weight;
        const bool at_end = next == units.size();
        const size_t end = at_end ? document.text.size() : units[next].begin;
        const std::string text = document.text.substr(units[first].begin, end - units[first].begin);
        if (TestTokenizer().CountTokens(text) > weight)
          CATCH_FAIL("round " << round << ": " << text);
        if (!at_end && units[next].border == Border::kInsideWord) break;
        if (next - first > 3) break;
      }
    }
  }
}

CATCH_TEST_CASE("no unit exceeds the given weight") {
  std::mt19937 rng(6);
  for (int round = 0; round < 200; ++round) {
    TextDocument document;
    document.text =
        RepairUtf8(RandomText(&rng, 400, true)) + std::string(500, '!') + std::string(99, 'q');
    const uint32_t max_weight = 4 + rng() % 30;
    for (const TextUnit& unit : Split(document, max_weight)) {
      CATCH_REQUIRE(unit.weight <= max_weight);
      CATCH_REQUIRE(unit.weight > 0);
    }
  }
}

}  // namespace
}  // namespace seekd
