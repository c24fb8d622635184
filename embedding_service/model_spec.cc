#include "embedding_service/model_spec.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

using nlohmann::json;
using Settings = SentenceTransformersSettings;

constexpr uint64_t kMaxConfigBytes = 16 << 20;
constexpr uint32_t kSpecialTokens = 2;  // [CLS] and [SEP]

struct ActivationName {
  std::string_view name;
  Activation activation;
};
constexpr ActivationName kActivations[] = {
    {"gelu", Activation::kGelu},
    {"gelu_python", Activation::kGelu},
    {"gelu_new", Activation::kGeluTanh},
    {"gelu_fast", Activation::kGeluTanh},
    {"gelu_accurate", Activation::kGeluTanh},
    {"gelu_pytorch_tanh", Activation::kGeluTanh},
    {"gelu_python_tanh", Activation::kGeluTanh},
    {"quick_gelu", Activation::kQuickGelu},
    {"relu", Activation::kRelu},
};

Activation ReadActivation(ConfigReader* config) {
  const std::string name = config->OptionalString("hidden_act");
  std::string supported;
  for (const ActivationName& known : kActivations) {
    if (known.name == name) return known.activation;
    absl::StrAppend(&supported, supported.empty() ? "" : ", ", std::string(known.name));
  }
  config->Fail(absl::StrCat("\"hidden_act\" is ", name.empty() ? "missing" : name,
                            ", supported are ", supported));
  return Activation::kGelu;
}

Pooling ReadPooling(ConfigReader* config, const Settings& settings) {
  const std::string name = config->OptionalString("pooling");
  if (settings.pooling) return *settings.pooling;
  if (name == "cls") return Pooling::kCls;
  if (!name.empty() && name != "mean") {
    config->Fail(absl::StrCat("\"pooling\" is \"", name, "\", supported are \"mean\" and \"cls\""));
  }
  return Pooling::kMean;
}

// A word of the text must not run on from the prefix.
bool EndsWord(const std::string& prefix) {
  return prefix.empty() || absl::ascii_isspace(prefix.back()) || absl::ascii_ispunct(prefix.back());
}

void ReadPrefixes(ConfigReader* config, const Settings& settings, ModelSpec* spec) {
  spec->query_prefix = config->OptionalString("query_prefix");
  spec->passage_prefix = config->OptionalString("passage_prefix");
  if (!settings.query_prefix.empty()) spec->query_prefix = settings.query_prefix;
  if (!settings.passage_prefix.empty()) spec->passage_prefix = settings.passage_prefix;
  if (EndsWord(spec->passage_prefix)) return;
  config->Fail(absl::StrCat("the prefix of passages is ", ShowJson(spec->passage_prefix),
                            ", expected one that ends with a blank or a punctuation mark"));
}

ModelSpec ReadStatic(ConfigReader* config) {
  config->Expect("pooling", "mean");
  config->Expect("skip_unk", true);
  ModelSpec spec;
  spec.family = ModelFamily::kStatic;
  spec.dim = config->RequiredSize("hidden_dim");
  spec.vocab_size = config->OptionalSize("vocab_size", 0);
  spec.max_input_tokens = config->OptionalSize("max_length", UINT32_MAX);
  return spec;
}

// Where the settings of a transformer contradict one another.
void CheckBert(const ModelSpec& spec, const Settings& settings, ConfigReader* config) {
  if (spec.dim % spec.heads != 0) {
    config->Fail(absl::StrCat("\"hidden_size\" ", spec.dim,
                              " is no multiple of \"num_attention_heads\" ", spec.heads));
  }
  if (!(spec.layer_norm_eps > 0 && spec.layer_norm_eps < 1)) {
    config->Fail(absl::StrCat("\"layer_norm_eps\" is ", spec.layer_norm_eps,
                              ", expected more than 0 and less than 1"));
  }
  if (settings.pooled_dim.value_or(spec.dim) != spec.dim) {
    config->Fail(absl::StrCat("\"hidden_size\" is ", spec.dim, ", the pooling module expects ",
                              *settings.pooled_dim));
  }
}

ModelSpec ReadBert(ConfigReader* config, const Settings& settings) {
  config->Expect("position_embedding_type", "absolute");
  config->Expect("is_decoder", false);
  config->Expect("pruned_heads", json::object());
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
  spec.activation = ReadActivation(config);
  spec.pooling = ReadPooling(config, settings);
  CheckBert(spec, settings, config);
  const uint32_t length = std::min(spec.max_positions, settings.max_length);
  if (length <= kSpecialTokens) {
    config->Fail(
        absl::StrCat("an input has at most ", length, " tokens: no room between [CLS] and [SEP]"));
  }
  spec.max_input_tokens = length - std::min(length - 1, kSpecialTokens);
  return spec;
}

// Why a model of another type is refused, for those that people will try.
std::string WhyNot(std::string_view type) {
  if (type == "roberta" || type == "xlm-roberta" || type == "camembert") {
    return "; its tokenizer is byte-pair or SentencePiece, and only WordPiece is implemented";
  }
  return "";
}

// What computes the rows is elsewhere, and described with it: torchscript_spec.h,
// remote/remote_spec.h.
ModelSpec ReadSizes(ConfigReader* config, ModelFamily family) {
  ModelSpec spec;
  spec.family = family;
  spec.dim = config->RequiredSize("hidden_dim");
  spec.max_input_tokens = config->RequiredSize("max_length");
  return spec;
}

constexpr std::array<std::pair<ModelFamily, std::string_view>, 4> kFamilies = {{
    {ModelFamily::kStatic, "model2vec"},
    {ModelFamily::kBert, "bert"},
    {ModelFamily::kTorchScript, "torchscript"},
    {ModelFamily::kRemote, "remote"},
}};

ModelSpec ReadFamily(ConfigReader* config, const Settings& settings) {
  const std::string type = config->OptionalString("model_type");
  config->Expect("normalize", true);
  if (type == "model2vec") return ReadStatic(config);
  if (type == "bert") return ReadBert(config, settings);
  if (type == "torchscript") return ReadSizes(config, ModelFamily::kTorchScript);
  if (type == "remote") return ReadSizes(config, ModelFamily::kRemote);
  config->Fail(absl::StrCat("\"model_type\" is ", type.empty() ? "missing" : type,
                            ", supported are \"model2vec\", \"bert\", \"torchscript\" and ",
                            "\"remote\"", WhyNot(type)));
  return ModelSpec();
}

}  // namespace

std::string_view FamilyName(ModelFamily family) {
  return std::ranges::find(kFamilies, family, &decltype(kFamilies)::value_type::first)->second;
}

absl::StatusOr<ModelSpec> ParseModelSpec(std::string_view text, const std::string& where,
                                         const Settings& settings) {
  ABSL_ASSIGN_OR_RETURN(const json config, ParseConfigObject(text, where));
  ConfigReader reader(config, where);
  ModelSpec spec = ReadFamily(&reader, settings);
  spec.lowercases_input = settings.lowercases_input;
  ReadPrefixes(&reader, settings, &spec);
  ABSL_RETURN_IF_ERROR(reader.status());
  return spec;
}

absl::StatusOr<ModelSpec> LoadModelSpec(const std::string& dir) {
  const std::string path = dir + "/config.json";
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxConfigBytes));
  ABSL_ASSIGN_OR_RETURN(const Settings settings, LoadSentenceTransformersSettings(dir));
  return ParseModelSpec(text, path, settings);
}

}  // namespace seekd
