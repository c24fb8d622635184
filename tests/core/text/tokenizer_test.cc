#include "core/text/tokenizer.h"

#include <utf8proc.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/text/utf8.h"
#include "tests/core/text/text_test_support.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

using Json = nlohmann::json;
using Vocabulary = std::unordered_map<std::string, TokenId>;

// The slow, obvious BERT-uncased: whole-string steps in the documented order.
class SlowTokenizer {
 public:
  SlowTokenizer() {
    std::ifstream in(SourcePath("embedding_service/models/seek-static-en-256/tokenizer.json"));
    const Json json = Json::parse(in);
    for (const auto& [token, id] : json["model"]["vocab"].items()) vocabulary_[token] = id;
  }

  std::vector<TokenId> Tokenize(const std::string& text) const {
    std::vector<TokenId> ids;
    std::u32string word;
    for (char32_t c : Lower(StripMarks(Decompose(PadIdeographs(Clean(Decode(text))))))) {
      const bool isolated = IsPunctuation(c) || IsIdeograph(c);
      if (c == ' ' || isolated) TakeWord(&word, &ids);
      if (c == ' ') continue;
      word += c;
      if (isolated) TakeWord(&word, &ids);
    }
    TakeWord(&word, &ids);
    return ids;
  }

 private:
  static utf8proc_category_t Category(char32_t c) {
    return utf8proc_category(static_cast<utf8proc_int32_t>(c));
  }
  static std::u32string Decode(const std::string& text) {
    std::u32string out;
    for (size_t pos = 0; pos < text.size();) out += DecodeUtf8(text, &pos);
    return out;
  }
  static std::string Encode(const std::u32string& text) {
    std::string out;
    for (char32_t c : text) AppendUtf8(c, &out);
    return out;
  }
  static std::u32string Clean(const std::u32string& text) {
    std::u32string out;
    for (char32_t c : text) {
      const std::string category = utf8proc_category_string(static_cast<utf8proc_int32_t>(c));
      if (c == '\t' || c == '\n' || c == '\r' || category[0] == 'Z') {
        out += ' ';
      } else if (c != kReplacementCharacter && category[0] != 'C') {
        out += c;
      }
    }
    return out;
  }
  static bool IsIdeograph(char32_t c) {
    return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0x2F800 && c <= 0x2FA1F);
  }
  static std::u32string PadIdeographs(const std::u32string& text) {
    std::u32string out;
    for (char32_t c : text)
      out += IsIdeograph(c) ? std::u32string{U' ', c, U' '} : std::u32string{c};
    return out;
  }
  static std::u32string Decompose(const std::u32string& text) {
    auto* bytes = utf8proc_NFD(reinterpret_cast<const utf8proc_uint8_t*>(Encode(text).c_str()));
    CATCH_REQUIRE(bytes != nullptr);
    const std::u32string out = Decode(reinterpret_cast<const char*>(bytes));
    std::free(bytes);
    return out;
  }
  static std::u32string StripMarks(const std::u32string& text) {
    std::u32string out;
    for (char32_t c : text) {
      if (Category(c) != UTF8PROC_CATEGORY_MN) out += c;
    }
    return out;
  }
  static std::u32string Lower(std::u32string text) {
    for (char32_t& c : text) {
      c = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    }
    return text;
  }
  static bool IsPunctuation(char32_t c) {
    if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
        (c >= 123 && c <= 126)) {
      return true;
    }
    return utf8proc_category_string(static_cast<utf8proc_int32_t>(c))[0] == 'P';
  }

  void TakeWord(std::u32string* word, std::vector<TokenId>* ids) const {
    const std::vector<TokenId> pieces = Pieces(*word);
    ids->insert(ids->end(), pieces.begin(), pieces.end());
    word->clear();
  }
  std::vector<TokenId> Pieces(const std::u32string& word) const {
    if (word.size() > 100) return {1};
    std::vector<TokenId> out;
    for (size_t begin = 0, end; begin < word.size(); begin = end) {
      for (end = word.size(); end > begin; --end) {
        const auto it =
            vocabulary_.find((begin == 0 ? "" : "##") + Encode(word.substr(begin, end - begin)));
        if (it == vocabulary_.end()) continue;
        out.push_back(it->second);
        break;
      }
      if (end == begin) return {1};
    }
    return out;
  }

  Vocabulary vocabulary_;
};

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
  const SlowTokenizer slow;
  std::mt19937 rng(42);
  for (int round = 0; round < 4000; ++round) {
    const std::string text = RandomText(&rng, 1 + static_cast<int>(rng() % 80), round % 2 == 0);
    const std::vector<TokenId> ids = TestTokenizer().Tokenize(text);
    if (ids != slow.Tokenize(text)) CATCH_FAIL("round " << round << ": " << text);
    if (TestTokenizer().CountTokens(text) != ids.size()) CATCH_FAIL("count, round " << round);
  }
}

CATCH_TEST_CASE("the slow tokenizer agrees on every code point inside a word") {
  const SlowTokenizer slow;
  std::string text;
  for (char32_t c = 0; c < 0x110000; ++c) {
    text += "ab";
    AppendUtf8(c, &text);
    text += "c ";
    if (c % 4096 != 4095) continue;
    if (TestTokenizer().Tokenize(text) != slow.Tokenize(text)) {
      CATCH_FAIL("block ending at " << static_cast<uint32_t>(c));
    }
    text.clear();
  }
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
