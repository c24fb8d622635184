#include "embedding_service/model_spec.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using nlohmann::json;

json StaticConfig() {
  return {{"model_type", "model2vec"}, {"hidden_dim", 256}, {"vocab_size", 32000},
          {"normalize", true},         {"pooling", "mean"}, {"skip_unk", true},
          {"max_length", nullptr}};
}

json BertConfig() {
  return {{"model_type", "bert"},
          {"hidden_act", "gelu"},
          {"hidden_size", 384},
          {"num_hidden_layers", 6},
          {"num_attention_heads", 12},
          {"intermediate_size", 1536},
          {"max_position_embeddings", 512},
          {"type_vocab_size", 2},
          {"layer_norm_eps", 1e-12},
          {"vocab_size", 30522}};
}

absl::StatusOr<ModelSpec> Parse(const json& config) {
  return ParseModelSpec(config.dump(), "x/config.json");
}

CATCH_TEST_CASE("ModelSpec of a token table", "[model_spec]") {
  auto spec = Parse(StaticConfig());
  CATCH_REQUIRE(spec.ok());
  CATCH_CHECK(spec->family == ModelFamily::kStatic);
  CATCH_CHECK(spec->dim == 256);
  CATCH_CHECK(spec->vocab_size == 32000);
  CATCH_CHECK(spec->max_input_tokens == UINT32_MAX);
}

CATCH_TEST_CASE("ModelSpec of a transformer", "[model_spec]") {
  auto spec = Parse(BertConfig());
  CATCH_REQUIRE(spec.ok());
  CATCH_CHECK(spec->family == ModelFamily::kBert);
  CATCH_CHECK(spec->dim == 384);
  CATCH_CHECK(spec->layers == 6);
  CATCH_CHECK(spec->heads == 12);
  CATCH_CHECK(spec->intermediate == 1536);
  CATCH_CHECK(spec->max_positions == 512);
  CATCH_CHECK(spec->token_types == 2);
  CATCH_CHECK(spec->max_input_tokens == 510);  // [CLS] and [SEP] take two
  CATCH_CHECK(spec->layer_norm_eps == 1e-12f);
}

CATCH_TEST_CASE("ModelSpec of a module and of a remote model: sizes alone", "[model_spec]") {
  const std::pair<const char*, ModelFamily> cases[] = {{"torchscript", ModelFamily::kTorchScript},
                                                       {"remote", ModelFamily::kRemote}};
  for (const auto& [type, family] : cases) {
    json config = {{"model_type", type}, {"hidden_dim", 384}, {"max_length", 510}};
    const auto spec = Parse(config);
    CATCH_REQUIRE(spec.ok());
    CATCH_CHECK(spec->family == family);
    CATCH_CHECK(spec->dim == 384);
    CATCH_CHECK(spec->max_input_tokens == 510);
    config.erase("max_length");
    CATCH_CHECK(Parse(config).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

CATCH_TEST_CASE("what would change the embeddings is refused, with what was found",
                "[model_spec]") {
  struct Case {
    json base;
    const char* key;
    json value;
  };
  const std::vector<Case> cases = {
      {StaticConfig(), "model_type", "gpt2"},
      {StaticConfig(), "pooling", "max"},
      {StaticConfig(), "normalize", false},
      {StaticConfig(), "skip_unk", false},
      {StaticConfig(), "hidden_dim", 0},
      {StaticConfig(), "hidden_dim", "256"},
      {StaticConfig(), "hidden_dim", -1},
      {StaticConfig(), "hidden_dim", 1e30},
      {StaticConfig(), "query_prefix", 7},
      {StaticConfig(), "passage_prefix", "passage"},
      {BertConfig(), "model_type", "xlm-roberta"},
      {BertConfig(), "hidden_act", "silu"},
      {BertConfig(), "pruned_heads", json{{"0", {1}}}},
      {BertConfig(), "position_embedding_type", "relative_key"},
      {BertConfig(), "pooling", "max"},
      {BertConfig(), "num_attention_heads", 7},
      {BertConfig(), "layer_norm_eps", 0},
      {BertConfig(), "layer_norm_eps", "small"},
      {BertConfig(), "max_position_embeddings", 2},
      {BertConfig(), "num_hidden_layers", 1.5},
  };
  for (Case c : cases) {
    c.base[c.key] = c.value;
    const auto spec = Parse(c.base);
    CATCH_INFO(c.key << " " << c.value.dump() << " " << spec.status());
    CATCH_CHECK(spec.status().code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(spec.status().message()).find("x/config.json") == 0);
  }
}

CATCH_TEST_CASE("activations by all their names", "[model_spec]") {
  const std::pair<const char*, Activation> cases[] = {
      {"gelu_python", Activation::kGelu},     {"gelu_new", Activation::kGeluTanh},
      {"gelu_fast", Activation::kGeluTanh},   {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"quick_gelu", Activation::kQuickGelu}, {"relu", Activation::kRelu},
  };
  for (const auto& [name, activation] : cases) {
    json config = BertConfig();
    config["hidden_act"] = name;
    CATCH_CHECK(Parse(config)->activation == activation);
  }
}

CATCH_TEST_CASE("settings of the other files", "[model_spec]") {
  SentenceTransformersSettings settings;
  settings.pooling = Pooling::kCls;
  settings.pooled_dim = 384;
  settings.max_length = 128;
  settings.query_prefix = "query: ";
  settings.passage_prefix = "passage: ";
  const std::string config = BertConfig().dump();
  const auto spec = ParseModelSpec(config, "x", settings);
  CATCH_REQUIRE(spec.ok());
  CATCH_CHECK(spec->pooling == Pooling::kCls);
  CATCH_CHECK(spec->max_input_tokens == 126);
  CATCH_CHECK(spec->query_prefix == "query: ");
  CATCH_CHECK(spec->passage_prefix == "passage: ");
  settings.max_length = 1024;
  CATCH_CHECK(ParseModelSpec(config, "x", settings)->max_input_tokens == 510);
  settings.max_length = 2;
  CATCH_CHECK_FALSE(ParseModelSpec(config, "x", settings).ok());
  settings.max_length = 128;
  settings.pooled_dim = 768;
  CATCH_CHECK_FALSE(ParseModelSpec(config, "x", settings).ok());
}

CATCH_TEST_CASE("other tokenizers are refused by what was found", "[model_spec]") {
  json config = BertConfig();
  config["model_type"] = "roberta";
  const std::string message(Parse(config).status().message());
  CATCH_CHECK(message.find("roberta") != std::string::npos);
  CATCH_CHECK(message.find("WordPiece") != std::string::npos);
}

CATCH_TEST_CASE("missing settings", "[model_spec]") {
  for (const char* key : {"hidden_act", "hidden_size", "num_hidden_layers", "num_attention_heads",
                          "intermediate_size", "max_position_embeddings", "vocab_size"}) {
    json config = BertConfig();
    config.erase(key);
    const auto spec = Parse(config);
    CATCH_CHECK(spec.status().code() == absl::StatusCode::kInvalidArgument);
    CATCH_CHECK(std::string(spec.status().message()).find(key) != std::string::npos);
  }
  CATCH_CHECK(Parse(json::object()).status().code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("what is no JSON object", "[model_spec]") {
  for (const char* text : {"", "[1]", "{\"model_type\":", "\xff", "17"}) {
    CATCH_CHECK(ParseModelSpec(text, "x").status().code() == absl::StatusCode::kDataLoss);
  }
  CATCH_CHECK(LoadModelSpec("/nonexistent").status().code() == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace seekd
