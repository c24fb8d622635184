#include "core/text/wordpiece.h"

#include <map>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

std::vector<TokenId> Match(const WordPiece& words, std::string_view word) {
  TokenId buffer[kMaxWordCharacters];
  const uint32_t count = words.Match(word, static_cast<uint32_t>(word.size()), buffer);
  return {buffer, buffer + count};
}

CATCH_TEST_CASE("greedy longest match, [UNK] for the whole word") {
  const WordPiece words({"[UNK]", "un", "##aff", "##able", "##a", "una", "#", "x"}, 0);
  CATCH_CHECK(Match(words, "unaffable") == std::vector<TokenId>{0});  // "una" then "##ff.." fails
  CATCH_CHECK(Match(words, "unable") == std::vector<TokenId>{0});
  CATCH_CHECK(Match(words, "unaa") == std::vector<TokenId>{5, 4});
  CATCH_CHECK(Match(words, "una") == std::vector<TokenId>{5});
  CATCH_CHECK(Match(words, "xable") == std::vector<TokenId>{7, 3});
  CATCH_CHECK(Match(words, "#") == std::vector<TokenId>{6});
  CATCH_CHECK(Match(words, "y") == std::vector<TokenId>{0});
}

CATCH_TEST_CASE("a vocabulary without continuations matches whole words only") {
  const WordPiece words({"[UNK]", "un", "able"}, 0);
  CATCH_CHECK(Match(words, "un") == std::vector<TokenId>{1});
  CATCH_CHECK(Match(words, "unable") == std::vector<TokenId>{0});
}

CATCH_TEST_CASE("words of more than 100 characters are unknown") {
  const WordPiece words({"[UNK]", "a", "##a"}, 0);
  CATCH_CHECK(Match(words, std::string(100, 'a')).size() == 100);
  CATCH_CHECK(Match(words, std::string(101, 'a')) == std::vector<TokenId>{0});
}

std::vector<TokenId> SlowMatch(const std::map<std::string, TokenId>& ids, const std::string& word) {
  std::vector<TokenId> out;
  for (size_t begin = 0, end; begin < word.size(); begin = end) {
    const std::string prefix = begin == 0 ? "" : "##";
    for (end = word.size(); end > begin; --end) {
      const auto it = ids.find(prefix + word.substr(begin, end - begin));
      if (it == ids.end()) continue;
      out.push_back(it->second);
      break;
    }
    if (end == begin) return {0};
  }
  return out;
}

CATCH_TEST_CASE("the trie agrees with a map on random vocabularies") {
  std::mt19937 rng(7);
  for (int round = 0; round < 30; ++round) {
    std::map<std::string, TokenId> ids = {{"[UNK]", 0}};
    std::vector<std::string> vocabulary = {"[UNK]"};
    for (int i = 0; i < 200 * round; ++i) {
      std::string token = rng() % 2 == 0 ? "##" : "";
      for (size_t n = 1 + rng() % 5; n > 0; --n)
        token += static_cast<char>('a' + rng() % (2 + round));
      if (ids.emplace(token, static_cast<TokenId>(vocabulary.size())).second) {
        vocabulary.push_back(token);
      }
    }
    const WordPiece words(vocabulary, 0);
    for (int i = 0; i < 2000; ++i) {
      std::string word;
      for (size_t n = 1 + rng() % 12; n > 0; --n)
        word += static_cast<char>('a' + rng() % (2 + round));
      if (Match(words, word) != SlowMatch(ids, word)) CATCH_FAIL("round " << round << ": " << word);
    }
  }
}

}  // namespace
}  // namespace seekd
