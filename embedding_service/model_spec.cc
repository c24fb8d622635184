#include "embedding_service/model_spec.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

using nlohmann::json;

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

// Pooling is the server's, or read with the rest of its settings (remote/remote_spec.h).
ModelSpec ReadRemote(ConfigReader* config) {
  config->Expect("normalize", true);
  config->Expect("query_prefix", "");
  config->Expect("passage_prefix", "");
  ModelSpec spec;
  spec.family = ModelFamily::kRemote;
  spec.dim = config->RequiredSize("hidden_dim");
  spec.max_input_tokens = config->RequiredSize("max_length");
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
  } else if (type != nullptr && *type == "remote") {
    spec = ReadRemote(&reader);
  } else {
    reader.Fail(absl::StrCat("\"model_type\" is ",
                             type == nullptr ? "missing" : ConfigReader::Show(*type),
                             ", supported are \"model2vec\", \"bert\" and \"remote\""));
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
