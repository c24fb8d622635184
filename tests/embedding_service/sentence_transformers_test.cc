#include "embedding_service/sentence_transformers.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

constexpr char kModules[] = R"([
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])";

// As all-MiniLM-L6-v2 has it.
constexpr char kPooling[] = R"({"word_embedding_dimension": 384, "pooling_mode_cls_token": false,
  "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false,
  "pooling_mode_mean_sqrt_len_tokens": false})";

void WriteMiniLm(const testing::TempFolder& folder) {
  folder.Write("modules.json", kModules);
  folder.Write("1_Pooling/config.json", kPooling);
  folder.Write("sentence_bert_config.json", R"({"max_seq_length": 256, "do_lower_case": false})");
  folder.Write("tokenizer_config.json", R"({"model_max_length": 512, "do_lower_case": true})");
  folder.Write("config_sentence_transformers.json",
               R"({"__version__": {"sentence_transformers": "2.0.0"}})");
}

void CheckRefused(const testing::TempFolder& folder, const std::string& names) {
  const absl::Status status = LoadSentenceTransformersSettings(folder.path()).status();
  CATCH_INFO(status);
  CATCH_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CATCH_CHECK(std::string(status.message()).find(names) != std::string::npos);
}

CATCH_TEST_CASE("a folder without any of the files", "[sentence_transformers]") {
  const testing::TempFolder folder;
  const auto settings = LoadSentenceTransformersSettings(folder.path());
  CATCH_REQUIRE(settings.ok());
  CATCH_CHECK_FALSE(settings->pooling.has_value());
  CATCH_CHECK(settings->max_length == UINT32_MAX);
  CATCH_CHECK(settings->query_prefix.empty());
}

CATCH_TEST_CASE("the files of all-MiniLM-L6-v2", "[sentence_transformers]") {
  const testing::TempFolder folder;
  WriteMiniLm(folder);
  const auto settings = LoadSentenceTransformersSettings(folder.path());
  CATCH_REQUIRE(settings.ok());
  CATCH_CHECK(settings->pooling == Pooling::kMean);
  CATCH_CHECK(settings->pooled_dim == 384);
  CATCH_CHECK(settings->max_length == 256);
}

CATCH_TEST_CASE("the longest input", "[sentence_transformers]") {
  const testing::TempFolder folder;
  WriteMiniLm(folder);
  folder.Write("sentence_bert_config.json", R"({"max_seq_length": null})");
  CATCH_CHECK(LoadSentenceTransformersSettings(folder.path())->max_length == 512);
  folder.Write("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  CATCH_CHECK(LoadSentenceTransformersSettings(folder.path())->max_length == UINT32_MAX);
  folder.Write("sentence_bert_config.json", R"({"max_seq_length": 0})");
  CheckRefused(folder, "max_seq_length");
}

CATCH_TEST_CASE("pooling modes", "[sentence_transformers]") {
  const testing::TempFolder folder;
  WriteMiniLm(folder);
  const auto pooling = [&](const char* config) {
    folder.Write("1_Pooling/config.json", config);
    return LoadSentenceTransformersSettings(folder.path())->pooling;
  };
  CATCH_CHECK(pooling(R"({"pooling_mode_cls_token": true})") == Pooling::kCls);
  CATCH_CHECK(pooling(R"({"pooling_mode": "mean"})") == Pooling::kMean);
  CATCH_CHECK(pooling(R"({"pooling_mode": "cls"})") == Pooling::kCls);
  const std::pair<const char*, const char*> refused[] = {
      {R"({"pooling_mode_max_tokens": true})", "max_tokens"},
      {R"({"pooling_mode_lasttoken": true})", "lasttoken"},
      {R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true})", " + "},
      {R"({})", "pooling mode"},
      {R"({"pooling_mode_mean_tokens": true, "include_prompt": false})", "include_prompt"},
  };
  for (const auto& [config, names] : refused) {
    folder.Write("1_Pooling/config.json", config);
    CheckRefused(folder, names);
  }
}

CATCH_TEST_CASE("other modules are refused by name", "[sentence_transformers]") {
  const testing::TempFolder folder;
  WriteMiniLm(folder);
  const auto refused = [&](const char* modules, const char* names) {
    folder.Write("modules.json", modules);
    CheckRefused(folder, names);
  };
  refused(R"([{"path": "", "type": "a.Transformer"}, {"path": "1_Pooling", "type": "a.Pooling"},
              {"path": "2_Dense", "type": "a.Dense"}])",
          "Dense");
  refused(R"([{"path": "0_Transformer", "type": "a.Transformer"},
              {"path": "1_Pooling", "type": "a.Pooling"}])",
          "0_Transformer");
  refused(R"([{"path": "", "type": "a.Transformer"}, {"path": "../x", "type": "a.Pooling"}])",
          "../x");
  refused(R"([{"path": "", "type": "a.Transformer"}, {"path": "none", "type": "a.Pooling"}])",
          "none/config.json");
  refused("[]", "modules are []");
  refused("[1, 2]", "list of modules");
  refused("{}", "modules are []");
  folder.Write("modules.json", "[{");
  CATCH_CHECK(LoadSentenceTransformersSettings(folder.path()).status().code() ==
              absl::StatusCode::kDataLoss);
}

CATCH_TEST_CASE("prompts", "[sentence_transformers]") {
  const testing::TempFolder folder;
  WriteMiniLm(folder);
  const auto load = [&](const char* config) {
    folder.Write("config_sentence_transformers.json", config);
    return LoadSentenceTransformersSettings(folder.path());
  };
  auto e5 = load(R"({"prompts": {"query": "query: ", "passage": "passage: "}})");
  CATCH_REQUIRE(e5.ok());
  CATCH_CHECK(e5->query_prefix == "query: ");
  CATCH_CHECK(e5->passage_prefix == "passage: ");
  auto document = load(R"({"prompts": {"passage": "p", "document": "d: "}})");
  CATCH_CHECK(document->query_prefix.empty());
  CATCH_CHECK(document->passage_prefix == "d: ");
  auto named = load(R"({"prompts": {"query": "q: ", "x": "x: "}, "default_prompt_name": "x"})");
  CATCH_CHECK(named->query_prefix == "q: ");
  CATCH_CHECK(named->passage_prefix == "x: ");
  CATCH_CHECK(!load(R"({"prompts": {}, "default_prompt_name": "x"})").ok());
  CheckRefused(folder, "default_prompt_name");
  CATCH_CHECK(!load(R"({"prompts": {"query": 3}})").ok());
  CheckRefused(folder, "query");
  CATCH_CHECK(!load(R"({"prompts": []})").ok());
  CheckRefused(folder, "prompts");
}

}  // namespace
}  // namespace seekd
