#include "embedding_service/sentence_transformers.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

using nlohmann::json;
using Settings = SentenceTransformersSettings;

constexpr uint64_t kMaxModuleFileBytes = 16 << 20;
constexpr char kUsualPoolingPath[] = "1_Pooling";
constexpr std::string_view kPoolingMode = "pooling_mode_";

absl::Status Refuse(const std::string& where, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

// None: no such file.
absl::StatusOr<std::optional<std::string>> ReadIfThere(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWholeFile(path, kMaxModuleFileBytes);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  ABSL_RETURN_IF_ERROR(text.status());
  return *std::move(text);
}

// What `read(ConfigReader*)` takes from the object in the file `path`; nothing without one.
template <typename Read>
absl::Status ReadObject(const std::string& path, Read read) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadIfThere(path));
  if (!text) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const json object, ParseConfigObject(*text, path));
  ConfigReader reader(object, path);
  read(&reader);
  return reader.status();
}

// "sentence_transformers.models.Pooling" -> "Pooling".
std::string ModuleKind(const json& module) {
  const json* type = ConfigReader(module, "").Find("type");
  if (type == nullptr || !type->is_string()) return "?";
  const std::string name = type->get<std::string>();
  return name.substr(name.rfind('.') + 1);
}

// The folder of the pooling module.
absl::StatusOr<std::string> PoolingPath(const json& modules, const std::string& where) {
  constexpr const char* kKinds[] = {"Transformer", "Pooling", "Normalize"};
  std::string found, path = kUsualPoolingPath;
  bool supported = modules.is_array() && modules.size() >= 2 && modules.size() <= 3;
  for (size_t i = 0; modules.is_array() && i < modules.size(); ++i) {
    const json& module = modules[i];
    if (!module.is_object()) return Refuse(where, "expected a list of modules");
    const std::string kind = ModuleKind(module);
    absl::StrAppend(&found, i == 0 ? "" : ", ", kind);
    if (i >= std::size(kKinds) || kind != kKinds[i]) {
      supported = false;
      continue;
    }
    ConfigReader reader(module, where);
    if (i == 0) reader.Expect("path", "");
    if (i == 1) path = reader.OptionalString("path");
    ABSL_RETURN_IF_ERROR(reader.status());
  }
  if (!supported) {
    return Refuse(where, absl::StrCat("the modules are [", found,
                                      "], supported are Transformer, Pooling and perhaps "
                                      "Normalize, in this order"));
  }
  if (path.find("..") != std::string::npos || path.starts_with('/')) {
    return Refuse(where, absl::StrCat("the pooling module's path \"", path, "\" leaves the model"));
  }
  return path;
}

void ReadPooling(ConfigReader* config, const json& object, Settings* settings) {
  std::string modes = config->OptionalString("pooling_mode");  // as releases from 5.0 on write it
  for (const auto& [key, value] : object.items()) {
    if (!key.starts_with(kPoolingMode) || value != true) continue;
    absl::StrAppend(&modes, modes.empty() ? "" : " + ", key.substr(kPoolingMode.size()));
  }
  if (modes == "mean" || modes == "mean_tokens") {
    settings->pooling = Pooling::kMean;
  } else if (modes == "cls" || modes == "cls_token") {
    settings->pooling = Pooling::kCls;
  } else {
    config->Fail(absl::StrCat("the pooling mode is \"", modes,
                              "\", supported are \"mean_tokens\" and \"cls_token\""));
  }
  config->Expect("include_prompt", true);
  if (config->Find("word_embedding_dimension") != nullptr) {
    settings->pooled_dim = config->RequiredSize("word_embedding_dimension");
  }
}

// The first of `names` that is there, else the default one, else "".
std::string Prompt(ConfigReader* prompts, std::initializer_list<const char*> names,
                   const std::string& default_name) {
  for (const char* name : names) {
    if (prompts->Find(name) != nullptr) return prompts->OptionalString(name);
  }
  if (default_name.empty()) return "";
  if (prompts->Find(default_name.c_str()) == nullptr) {
    prompts->Fail(absl::StrCat("\"default_prompt_name\" is \"", default_name,
                               "\", and there is no such prompt"));
  }
  return prompts->OptionalString(default_name.c_str());
}

absl::Status ReadPrompts(const std::string& path, Settings* settings) {
  absl::Status status;
  const absl::Status read = ReadObject(path, [&](ConfigReader* config) {
    const json* value = config->Find("prompts");
    static const json kNone = json::object();
    if (value == nullptr) value = &kNone;
    if (!value->is_object()) {
      return config->Fail(
          absl::StrCat("\"prompts\" is ", ShowJson(*value), ", expected an object"));
    }
    ConfigReader prompts(*value, path);
    const std::string other = config->OptionalString("default_prompt_name");
    settings->query_prefix = Prompt(&prompts, {"query"}, other);
    settings->passage_prefix = Prompt(&prompts, {"document", "passage", "corpus"}, other);
    status = prompts.status();
  });
  ABSL_RETURN_IF_ERROR(read);
  return status;
}

absl::Status ReadPoolingModule(const std::string& dir, Settings* settings) {
  const std::string modules_path = dir + "/modules.json";
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadIfThere(modules_path));
  std::string folder = kUsualPoolingPath;
  if (text) {
    const json modules = json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (modules.is_discarded()) {
      return absl::DataLossError(absl::StrCat(modules_path, ": expected JSON"));
    }
    ABSL_ASSIGN_OR_RETURN(folder, PoolingPath(modules, modules_path));
  }
  const std::string path = absl::StrCat(dir, "/", folder, "/config.json");
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> pooling, ReadIfThere(path));
  if (!pooling) {
    if (!text) return absl::OkStatus();
    return Refuse(modules_path, absl::StrCat("names a pooling module, and there is no ", path));
  }
  ABSL_ASSIGN_OR_RETURN(const json object, ParseConfigObject(*pooling, path));
  ConfigReader reader(object, path);
  ReadPooling(&reader, object, settings);
  return reader.status();
}

}  // namespace

absl::StatusOr<Settings> LoadSentenceTransformersSettings(const std::string& dir) {
  Settings settings;
  ABSL_RETURN_IF_ERROR(ReadPoolingModule(dir, &settings));
  ABSL_RETURN_IF_ERROR(ReadObject(dir + "/tokenizer_config.json", [&](ConfigReader* config) {
    settings.max_length = config->OptionalLength("model_max_length", UINT32_MAX);
  }));
  ABSL_RETURN_IF_ERROR(ReadObject(dir + "/sentence_bert_config.json", [&](ConfigReader* config) {
    settings.lowercases_input = config->OptionalFlag("do_lower_case", false);
    settings.max_length = config->OptionalLength("max_seq_length", settings.max_length);
  }));
  ABSL_RETURN_IF_ERROR(ReadPrompts(dir + "/config_sentence_transformers.json", &settings));
  return settings;
}

}  // namespace seekd
