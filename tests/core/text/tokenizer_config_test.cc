#include "core/text/tokenizer_config.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Json = nlohmann::json;

Json GoodConfig() {
  return Json::parse(R"({
    "truncation": {"max_length": 128}, "padding": null, "post_processor": {"type": "x"},
    "added_tokens": [{"id": 0, "content": "[PAD]", "special": true}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4}}})");
}

absl::Status Parse(const Json& json) { return ParseTokenizerJson(json.dump()).status(); }

CATCH_TEST_CASE("a BERT-uncased file is read") {
  const auto config = ParseTokenizerJson(GoodConfig().dump());
  CATCH_REQUIRE(config.ok());
  CATCH_CHECK(config->vocabulary ==
              std::vector<std::string>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"});
  CATCH_CHECK(config->unknown_id == 1);
  CATCH_CHECK(config->cls_id == 2);
  CATCH_CHECK(config->sep_id == 3);
  CATCH_CHECK(config->pad_id == 0);
  CATCH_CHECK(config->normalization == BertNormalization());
}

CATCH_TEST_CASE("the normalizer's settings") {
  const struct {
    bool lowercase;
    Json strip_accents;
    bool ideographs;
    BertNormalization expected;
  } cases[] = {
      {true, nullptr, true, {}},
      {true, true, true, {}},
      {true, false, true, {.strip_accents = false}},
      {false, nullptr, true, {.lowercase = false}},
      {false, false, false, {.lowercase = false, .isolate_ideographs = false}},
      {false, true, true, {.lowercase = false, .strip_accents = true}},
  };
  for (const auto& c : cases) {
    Json json = GoodConfig();
    json["normalizer"]["lowercase"] = c.lowercase;
    json["normalizer"]["strip_accents"] = c.strip_accents;
    json["normalizer"]["handle_chinese_chars"] = c.ideographs;
    const auto config = ParseTokenizerJson(json.dump());
    CATCH_REQUIRE(config.ok());
    CATCH_CHECK(config->normalization == c.expected);
  }
}

CATCH_TEST_CASE("each unsupported setting is refused by name") {
  const std::pair<const char*, Json> cases[] = {
      {"/normalizer/type", "NFC"},
      {"/normalizer", nullptr},
      {"/normalizer/clean_text", false},
      {"/normalizer/handle_chinese_chars", nullptr},
      {"/normalizer/lowercase", "yes"},
      {"/normalizer/lowercase", nullptr},
      {"/normalizer/strip_accents", 1},
      {"/pre_tokenizer/type", "Whitespace"},
      {"/pre_tokenizer", nullptr},
      {"/model/type", "BPE"},
      {"/model/continuing_subword_prefix", "@@"},
      {"/model/max_input_chars_per_word", 200},
      {"/model/unk_token", nullptr},
      {"/model/vocab", Json::array()},
      {"/added_tokens/0/special", false},
      {"/added_tokens", 3},
  };
  for (const auto& [pointer, value] : cases) {
    Json json = GoodConfig();
    json[Json::json_pointer(pointer)] = value;
    CATCH_INFO(pointer);
    const absl::Status status = Parse(json);
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    const std::string group = std::string(pointer).substr(1, 5);
    CATCH_CHECK(std::string(status.message()).find(group) != std::string::npos);
  }
}

CATCH_TEST_CASE("a broken vocabulary is data loss") {
  for (const Json& id : {Json(4), Json(-1), Json(6), Json("x"), Json(1.5), Json(1ull << 63)}) {
    Json json = GoodConfig();
    json["model"]["vocab"]["b"] = id;
    CATCH_CHECK(Parse(json).code() == absl::StatusCode::kDataLoss);
  }
  Json without_unknown = GoodConfig();
  without_unknown["model"]["unk_token"] = "<unk>";
  CATCH_CHECK(Parse(without_unknown).code() == absl::StatusCode::kDataLoss);
  Json empty_token = GoodConfig();
  empty_token["model"]["vocab"][""] = 5;
  CATCH_CHECK(Parse(empty_token).code() == absl::StatusCode::kDataLoss);
}

CATCH_TEST_CASE("malformed JSON tells its offset; every truncation fails") {
  const std::string good = GoodConfig().dump();
  for (size_t size = 0; size < good.size(); ++size) {
    const absl::Status status = ParseTokenizerJson(good.substr(0, size)).status();
    CATCH_REQUIRE(status.code() == absl::StatusCode::kDataLoss);
    CATCH_REQUIRE(std::string(status.message()).find("at byte") != std::string::npos);
  }
  CATCH_CHECK(ParseTokenizerJson("[]").status().code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("tokenizer_config.json has the last word on what it states") {
  const BertNormalization cased{
      .lowercase = false, .strip_accents = false, .isolate_ideographs = false};
  const std::pair<const char*, BertNormalization> cases[] = {
      {"{}", cased},
      {R"({"do_lower_case": null, "tokenize_chinese_chars": null})", cased},
      {R"({"do_lower_case": true})",
       {.lowercase = true, .strip_accents = false, .isolate_ideographs = false}},
      {R"({"do_lower_case": true, "strip_accents": null})", {.isolate_ideographs = false}},
      {R"({"strip_accents": true})",
       {.lowercase = false, .strip_accents = true, .isolate_ideographs = false}},
      {R"({"tokenizer_class": "BertTokenizer", "never_split": null, "do_lower_case": true,
           "do_basic_tokenize": true, "strip_accents": null, "tokenize_chinese_chars": true,
           "model_max_length": 512, "unk_token": "[UNK]"})",
       {}},
  };
  for (const auto& [settings, expected] : cases) {
    BertNormalization normalization = cased;
    CATCH_INFO(settings);
    CATCH_CHECK(ReadTokenizerSettings(settings, &normalization).ok());
    CATCH_CHECK(normalization == expected);
  }
  BertNormalization ignored;
  for (const char* refused :
       {R"({"tokenizer_class": "XLMRobertaTokenizer"})", R"({"do_lower_case": 0})",
        R"({"do_basic_tokenize": false})", R"({"tokenize_chinese_chars": "no"})",
        R"({"strip_accents": "yes"})"}) {
    const absl::Status status = ReadTokenizerSettings(refused, &ignored);
    CATCH_INFO(status);
    CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_CHECK(ReadTokenizerSettings("{", &ignored).code() == absl::StatusCode::kDataLoss);
}

CATCH_TEST_CASE("vocab.txt: one token a line") {
  const auto config = ParseVocabText("[PAD]\r\n[UNK]\na\n##b");
  CATCH_REQUIRE(config.ok());
  CATCH_CHECK(config->vocabulary == std::vector<std::string>{"[PAD]", "[UNK]", "a", "##b"});
  CATCH_CHECK(config->cls_id == -1);
  for (const char* broken : {"", "a\nb", "[UNK]\n\na", "[UNK]\na\na", "[UNK]\n\xFF"}) {
    CATCH_CHECK(ParseVocabText(broken).status().code() == absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace seekd
