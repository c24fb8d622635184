#include "embedding_service/model_spec.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxSize = 1 << 20;  // of any one dimension: far above every real model

// Typed access to the members of config.json. The first problem is kept; later
// reads then return defaults, so that a parser reads straight down.
class ConfigReader {
 public:
  ConfigReader(const json& config, std::string where) : config_(config), where_(std::move(where)) {}

  const absl::Status& status() const { return status_; }

  uint32_t RequiredSize(const char* key) {
    const json* value = Find(key);
    if (value == nullptr) {
      Fail(absl::StrCat("\"", key, "\" is missing"));
      return 1;
    }
    return Size(key, *value, 1);
  }

  uint32_t OptionalSize(const char* key, uint32_t fallback) {
    const json* value = Find(key);
    return value == nullptr ? fallback : Size(key, *value, fallback);
  }

  float OptionalNumber(const char* key, float fallback) {
    const json* value = Find(key);
    if (value == nullptr) return fallback;
    if (!value->is_number()) {
      Fail(absl::StrCat("\"", key, "\" is ", Show(*value), ", expected a number"));
      return fallback;
    }
    return value->get<float>();
  }

  // The only supported value; `required`: absence is not that value.
  void Expect(const char* key, const json& supported, bool required = false) {
    const json* value = Find(key);
    if (value == nullptr && !required) return;
    if (value != nullptr && *value == supported) return;
    Fail(absl::StrCat("\"", key, "\" is ", value == nullptr ? "missing" : Show(*value),
                      ", supported is ", supported.dump()));
  }

  void Fail(const std::string& what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(where_, ": ", what));
  }

  // Null when absent or null.
  const json* Find(const char* key) const {
    auto it = config_.find(key);
    return it == config_.end() || it->is_null() ? nullptr : &*it;
  }

  static std::string Show(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80);
  }

 private:
  uint32_t Size(const char* key, const json& value, uint32_t fallback) {
    if (value.is_number_unsigned()) {
      const uint64_t n = value.get<uint64_t>();
      if (n >= 1 && n <= kMaxSize) return static_cast<uint32_t>(n);
    }
    Fail(absl::StrCat("\"", key, "\" is ", Show(value), ", expected an integer from 1 to ",
                      kMaxSize));
    return fallback;
  }

  const json& config_;
  const std::string where_;
  absl::Status status_;
};

// What would change the embeddings and is not implemented: refused, whatever
// the family. The interface to the encoder has no query and passage sides.
void ExpectCommonSettings(ConfigReader* config) {
  config->Expect("pooling", "mean");
  config->Expect("normalize", true);
  config->Expect("query_prefix", "");
  config->Expect("passage_prefix", "");
}

ModelSpec ReadStatic(ConfigReader* config) {
  ExpectCommonSettings(config);
  config->Expect("skip_unk", true);
  ModelSpec spec;
  spec.family = ModelFamily::kStatic;
  spec.dim = config->RequiredSize("hidden_dim");
  spec.vocab_size = config->OptionalSize("vocab_size", 0);
  spec.max_input_tokens = config->OptionalSize("max_length", UINT32_MAX);
  return spec;
}

ModelSpec ReadBert(ConfigReader* config) {
  ExpectCommonSettings(config);
  config->Expect("hidden_act", "gelu", /*required=*/true);
  config->Expect("position_embedding_type", "absolute");
  config->Expect("is_decoder", false);
  ModelSpec spec;
  spec.family = ModelFamily::kBert;
  spec.dim = config->RequiredSize("hidden_size");
  spec.vocab_size = config->RequiredSize("vocab_size");
  spec.layers = config->RequiredSize("num_hidden_layers");
  spec.heads = config->RequiredSize("num_attention_heads");
  spec.intermediate = config->RequiredSize("intermediate_size");
  spec.max_positions = config->RequiredSize("max_position_embeddings");
  spec.token_types = config->OptionalSize("type_vocab_size", 2);
  spec.layer_norm_eps = config->OptionalNumber("layer_norm_eps", 1e-12f);
  if (spec.dim % spec.heads != 0) {
    config->Fail(absl::StrCat("\"hidden_size\" ", spec.dim,
                              " is no multiple of \"num_attention_heads\" ", spec.heads));
  }
  if (!(spec.layer_norm_eps > 0 && spec.layer_norm_eps < 1)) {
    config->Fail(absl::StrCat("\"layer_norm_eps\" is ", spec.layer_norm_eps,
                              ", expected more than 0 and less than 1"));
  }
  if (spec.max_positions < 3) {
    config->Fail(absl::StrCat("\"max_position_embeddings\" is ", spec.max_positions,
                              ": no room between [CLS] and [SEP]"));
  }
  spec.max_input_tokens = std::max(spec.max_positions, 3u) - 2;
  return spec;
}

}  // namespace

absl::StatusOr<ModelSpec> ParseModelSpec(std::string_view text, const std::string& where) {
  const json config = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) {
    return absl::DataLossError(absl::StrCat(where, ": expected a JSON object"));
  }
  ConfigReader reader(config, where);
  const json* type = reader.Find("model_type");
  ModelSpec spec;
  if (type != nullptr && *type == "model2vec") {
    spec = ReadStatic(&reader);
  } else if (type != nullptr && *type == "bert") {
    spec = ReadBert(&reader);
  } else {
    reader.Fail(absl::StrCat("\"model_type\" is ",
                             type == nullptr ? "missing" : ConfigReader::Show(*type),
                             ", supported are \"model2vec\" and \"bert\""));
  }
  ABSL_RETURN_IF_ERROR(reader.status());
  return spec;
}

absl::StatusOr<ModelSpec> LoadModelSpec(const std::string& dir) {
  const std::string path = dir + "/config.json";
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return ParseModelSpec(text, path);
}

}  // namespace seekd
