#include "embedding_service/torchscript_spec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxSidecarBytes = 1 << 20;

struct InputName {
  std::string_view name;
  ModuleInput input;
};
constexpr InputName kInputNames[] = {{"input_ids", ModuleInput::kInputIds},
                                     {"attention_mask", ModuleInput::kAttentionMask},
                                     {"token_type_ids", ModuleInput::kTokenTypeIds}};

// None: not a list of distinct known names with ids and mask among them. A module that sees no
// mask could not tell padding from text.
std::optional<std::vector<ModuleInput>> InputsOf(const json& names) {
  std::vector<ModuleInput> inputs;
  const auto has = [&](ModuleInput input) {
    return std::ranges::find(inputs, input) != inputs.end();
  };
  for (const json& name : names) {
    const auto known = std::ranges::find_if(
        kInputNames, [&](const InputName& entry) { return name == std::string(entry.name); });
    if (known == std::end(kInputNames) || has(known->input)) return std::nullopt;
    inputs.push_back(known->input);
  }
  if (!has(ModuleInput::kInputIds) || !has(ModuleInput::kAttentionMask)) return std::nullopt;
  return inputs;
}

void ReadInputs(ConfigReader* config, TorchScriptSpec* spec) {
  const json* names = config->Find("inputs");
  if (names == nullptr) return;
  std::optional<std::vector<ModuleInput>> inputs;
  if (names->is_array()) inputs = InputsOf(*names);
  if (!inputs) {
    return config->Fail(absl::StrCat(
        "\"inputs\" is ", ShowJson(*names), ", expected the names of the module's arguments in ",
        "their order: \"input_ids\" and \"attention_mask\", perhaps \"token_type_ids\""));
  }
  spec->inputs = *std::move(inputs);
}

void ReadModulePooling(ConfigReader* config, TorchScriptSpec* spec) {
  const std::string name = config->OptionalString("pooling", "mean");
  if (name == "none") {
    spec->pooling = std::nullopt;
  } else if (name == "cls") {
    spec->pooling = Pooling::kCls;
  } else if (name != "mean") {
    config->Fail(absl::StrCat("\"pooling\" is \"", name,
                              "\", supported are \"mean\", \"cls\" and \"none\""));
  }
}

// A module is a program: it comes from the folder that was named, and from nowhere else.
void ReadFileName(ConfigReader* config, TorchScriptSpec* spec) {
  spec->file = config->OptionalString("file", spec->file.c_str());
  if (!spec->file.empty() && spec->file.find('/') == std::string::npos) return;
  config->Fail(absl::StrCat("\"file\" is \"", spec->file,
                            "\", expected the name of a file of the model folder"));
}

}  // namespace

absl::StatusOr<TorchScriptSpec> ParseTorchScriptSpec(std::string_view text,
                                                     const std::string& where) {
  ABSL_ASSIGN_OR_RETURN(const json config, ParseConfigObject(text, where));
  ConfigReader reader(config, where);
  TorchScriptSpec spec;
  ReadFileName(&reader, &spec);
  ReadInputs(&reader, &spec);
  ReadModulePooling(&reader, &spec);
  spec.output = reader.OptionalString("output");
  spec.special_tokens = reader.OptionalFlag("special_tokens", true);
  ABSL_RETURN_IF_ERROR(reader.status());
  return spec;
}

absl::StatusOr<TorchScriptSpec> LoadTorchScriptSpec(const std::string& dir) {
  const std::string path = dir + "/config.json";
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxSidecarBytes));
  return ParseTorchScriptSpec(text, path);
}

}  // namespace seekd
