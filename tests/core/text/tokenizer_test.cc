#include "core/text/tokenizer.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/text/tokenizer_config.h"
#include "tests/core/text/slow_bert.h"
#include "tests/core/text/text_test_support.h"
#include "tests/support/catch.h"
#include "tests/support/rounds.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using Json = nlohmann::json;

// SlowWords, and the longest piece by trying all.
class SlowTokenizer {
 public:
  SlowTokenizer(const std::vector<std::string>& vocabulary, const BertNormalization& normalization)
      : normalization_(normalization) {
    for (const std::string& token : vocabulary) {
      ids_.emplace(token, static_cast<TokenId>(ids_.size()));
    }
  }

  std::vector<TokenId> Tokenize(const std::string& text) const {
    std::vector<TokenId> ids;
    for (const std::u32string& word : SlowWords(text, normalization_)) {
      const std::vector<TokenId> pieces = Pieces(word);
      ids.insert(ids.end(), pieces.begin(), pieces.end());
    }
    return ids;
  }

 private:
  std::vector<TokenId> Pieces(const std::u32string& word) const {
    if (word.size() > 100) return {1};
    std::vector<TokenId> out;
    for (size_t begin = 0, end; begin < word.size(); begin = end) {
      for (end = word.size(); end > begin; --end) {
        const auto it =
            ids_.find((begin == 0 ? "" : "##") + EncodeText(word.substr(begin, end - begin)));
        if (it == ids_.end()) continue;
        out.push_back(it->second);
        break;
      }
      if (end == begin) return {1};
    }
    return out;
  }

  const BertNormalization normalization_;
  std::unordered_map<std::string, TokenId> ids_;
};

SlowTokenizer SlowDefault() {
  const auto config =
      LoadTokenizerConfig(SourcePath("embedding_service/models/seek-static-en-256"));
  CATCH_REQUIRE(config.ok());
  return SlowTokenizer(config->vocabulary, {});
}

void CheckRandomTexts(const Tokenizer& fast, const SlowTokenizer& slow, int rounds) {
  std::mt19937 rng(42);
  for (int round = 0; round < rounds; ++round) {
    const std::string text = RandomText(&rng, 1 + static_cast<int>(rng() % 80), round % 2 == 0);
    const std::vector<TokenId> ids = fast.Tokenize(text);
    if (ids != slow.Tokenize(text)) CATCH_FAIL("round " << round << ": " << text);
    if (fast.CountTokens(text) != ids.size()) CATCH_FAIL("count, round " << round);
  }
}

// Letters of both cases with and without accents, marks, ideographs; alone and as continuations.
std::vector<std::string> CasedVocabulary() {
  std::vector<std::string> tokens = {"[PAD]", "[UNK]",    "[CLS]", "[SEP]",
                                     "The",   "Compiler", "Na",    "##\xC3\xAFve"};
  const std::pair<char32_t, char32_t> kBlocks[] = {
      {0x21, 0x7E},     {0xA1, 0x24F},    {0x300, 0x36F},   {0x386, 0x52F},  {0x1E00, 0x1EFF},
      {0x1100, 0x11FF}, {0x4E00, 0x4EFF}, {0xAC00, 0xACFF}, {0xF900, 0xF97F}};
  for (const auto& [first, last] : kBlocks) {
    for (char32_t c = first; c <= last; ++c) {
      tokens.push_back(EncodeText({c}));
      tokens.push_back("##" + tokens.back());
    }
  }
  return tokens;
}

CATCH_TEST_CASE("the ids of the reference cases") {
  std::ifstream in(SourcePath("tests/golden/model/seek-static-en-256.jsonl"));
  int cases = 0;
  for (std::string line; std::getline(in, line); ++cases) {
    const Json json = Json::parse(line);
    const auto text = json["text"].get<std::string>();
    CATCH_INFO(line.substr(0, 200));
    CATCH_CHECK(TestTokenizer().Tokenize(text) == json["ids"].get<std::vector<TokenId>>());
    CATCH_CHECK(TestTokenizer().CountTokens(text) == json["ids"].size());
  }
  CATCH_CHECK(cases == 51);
}

CATCH_TEST_CASE("the slow tokenizer agrees on random texts") {
  CheckRandomTexts(TestTokenizer(), SlowDefault(), 4000);
}

CATCH_TEST_CASE("the slow tokenizer agrees on random texts, whatever the settings") {
  const std::vector<std::string> vocabulary = CasedVocabulary();
  const testing::TempFolder folder;
  std::string lines;
  for (const std::string& token : vocabulary) lines += token + "\n";
  folder.Write("vocab.txt", lines);
  for (const BertNormalization& how : AllNormalizations()) {
    CATCH_INFO(Describe(how));
    folder.Write("tokenizer_config.json", Json{{"do_lower_case", how.lowercase},
                                               {"strip_accents", how.strips_accents()},
                                               {"tokenize_chinese_chars", how.isolate_ideographs}}
                                              .dump());
    const auto fast = Tokenizer::Load(folder.path());
    CATCH_REQUIRE(fast.ok());
    CATCH_CHECK((*fast)->normalization() == how);
    CheckRandomTexts(**fast, SlowTokenizer(vocabulary, how), testing::Rounds(1000));
  }
}

CATCH_TEST_CASE("a cased vocabulary keeps case and accents") {
  const testing::TempFolder folder;
  folder.Write("vocab.txt", "[UNK]\nParis\nparis\ncaf\xC3\xA9\ncafe\nCaf\xC3\xA9\n");
  const auto ids = [&](const char* settings) {
    folder.Write("tokenizer_config.json", settings);
    return Tokenizer::Load(folder.path())
        .value()
        ->Tokenize("Paris paris caf\xC3\xA9 Caf\xC3\xA9 cafe\xCC\x81");
  };
  CATCH_CHECK(ids("{}") == std::vector<TokenId>{2, 2, 4, 4, 4});
  CATCH_CHECK(ids(R"({"do_lower_case": false})") == std::vector<TokenId>{1, 2, 3, 5, 0});
  CATCH_CHECK(ids(R"({"do_lower_case": false, "strip_accents": true})") ==
              std::vector<TokenId>{1, 2, 4, 0, 4});
  CATCH_CHECK(ids(R"({"strip_accents": false})") == std::vector<TokenId>{2, 2, 3, 3, 0});
}

CATCH_TEST_CASE("where words end is the tokenizer's own") {
  const testing::TempFolder folder;
  folder.Write("vocab.txt", "[UNK]\n");
  folder.Write("tokenizer_config.json", R"({"tokenize_chinese_chars": false})");
  const auto joined = Tokenizer::Load(folder.path());
  CATCH_REQUIRE(joined.ok());
  CATCH_CHECK(TestTokenizer().EndsWord(U'\u4E2D'));
  CATCH_CHECK_FALSE((*joined)->EndsWord(U'\u4E2D'));
  for (char32_t c : {U' ', U'.', U'\u3000'}) CATCH_CHECK((*joined)->EndsWord(c));
  CATCH_CHECK_FALSE((*joined)->EndsWord('a'));
}

CATCH_TEST_CASE("Tokenize appends") {
  std::vector<TokenId> ids = {77};
  TestTokenizer().Tokenize("the", &ids);
  CATCH_REQUIRE(ids.size() == 2);
  CATCH_CHECK(ids[0] == 77);
}

CATCH_TEST_CASE("special tokens are known, and split like other text") {
  const Tokenizer& tokenizer = TestTokenizer();
  CATCH_CHECK(tokenizer.vocab_size() == 32000);
  CATCH_CHECK(tokenizer.pad_id() == 0);
  CATCH_CHECK(tokenizer.unknown_id() == 1);
  CATCH_CHECK(tokenizer.cls_id() == 2);
  CATCH_CHECK(tokenizer.sep_id() == 3);
  for (TokenId id : tokenizer.Tokenize("[CLS] [UNK]")) CATCH_CHECK(id > 4);
}

CATCH_TEST_CASE("a folder without a vocabulary is not found") {
  const auto missing = Tokenizer::Load(SourcePath("tests/golden"));
  CATCH_CHECK(missing.status().code() == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace seekd
