#include "tests/core/text/text_test_support.h"

#include <cstdlib>
#include <memory>

#include "core/text/utf8.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

int Draw(std::mt19937* rng, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(*rng);
}

std::string RandomWord(std::mt19937* rng) {
  static const char* const kWords[] = {"the",    "Compiler", "daemon",       "socket",
                                       "vector", "running",  "unbelievable", "x86",
                                       "HTTP",   "a",        "index",        "na\xC3\xAFve"};
  if (Draw(rng, 0, 3) > 0) return kWords[Draw(rng, 0, 11)];
  std::string word;
  for (int i = Draw(rng, 1, 12); i > 0; --i) word += static_cast<char>('a' + Draw(rng, 0, 25));
  return word;
}

char32_t RandomCharacter(std::mt19937* rng) {
  // Latin, combining marks, Hebrew/Arabic, Indic marks, Hangul, CJK, symbols, music, tags.
  static const std::pair<int, int> kBlocks[] = {
      {0, 0x24F},         {0x300, 0x36F},     {0x370, 0x5FF},     {0x600, 0x6FF},
      {0x900, 0xD7F},     {0x1100, 0x11FF},   {0x1B00, 0x1BFF},   {0x1E00, 0x206F},
      {0x2150, 0x22FF},   {0x3000, 0x30FF},   {0x4E00, 0x4EFF},   {0xAC00, 0xACFF},
      {0xF900, 0xFBFF},   {0xFE00, 0xFFFF},   {0x1D15E, 0x1D17F}, {0x1F600, 0x1F64F},
      {0x2B810, 0x2B930}, {0x2F800, 0x2F8FF}, {0xE0000, 0xE00FF}, {0, 0x10FFFF}};
  const auto [low, high] = kBlocks[Draw(rng, 0, 19)];
  return static_cast<char32_t>(Draw(rng, low, high));
}

}  // namespace

std::string SourcePath(const std::string& relative) {
  const char* root = std::getenv("SEEKD_TEST_SOURCE_DIR");
  CATCH_REQUIRE(root != nullptr);
  return std::string(root) + "/" + relative;
}

const Tokenizer& TestTokenizer() {
  static const std::unique_ptr<Tokenizer> tokenizer = [] {
    auto loaded = Tokenizer::Load(SourcePath("embedding_service/models/seek-static-en-256"));
    CATCH_REQUIRE(loaded.ok());
    return *std::move(loaded);
  }();
  return *tokenizer;
}

std::string RandomText(std::mt19937* rng, int pieces, bool invalid) {
  static const char* const kSpaces[] = {" ", "\n", "\t", "\r\n", "  ", "\xC2\xA0", "\xE2\x80\xA8"};
  std::string text;
  for (int i = 0; i < pieces; ++i) {
    switch (Draw(rng, 0, invalid ? 5 : 4)) {
      case 0:
        text += kSpaces[Draw(rng, 0, 6)];
        break;
      case 1:
        text += RandomWord(rng);
        break;
      case 2:
        text += static_cast<char>(Draw(rng, 0, 127));
        break;
      case 5:
        text += static_cast<char>(Draw(rng, 128, 255));
        break;
      default:
        AppendUtf8(RandomCharacter(rng), &text);
    }
  }
  return text;
}

std::string RandomMarkdown(std::mt19937* rng, int blocks) {
  std::string text;
  for (int block = 0; block < blocks; ++block) {
    if (Draw(rng, 0, 4) == 0)
      text += std::string(Draw(rng, 1, 4), '#') + " " + RandomWord(rng) + "\n\n";
    const bool one_line = Draw(rng, 0, 1) == 0;
    for (int sentence = Draw(rng, 0, 12); sentence > 0; --sentence) {
      for (int word = Draw(rng, 1, 25); word > 0; --word) text += RandomWord(rng) + " ";
      text.back() = '.';
      text += one_line ? ' ' : '\n';
    }
    text += Draw(rng, 0, 3) == 0 ? "\n" : "\n\n";
  }
  return text;
}

}  // namespace seekd
