#include "embedding_service/hub/pull_choice.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/config_reader.h"

namespace seekd {
namespace {

using nlohmann::json;

constexpr std::string_view kTokenizers[] = {"tokenizer.json", "vocab.txt"};
constexpr std::string_view kOthers[] = {"tokenizer_config.json",
                                        "modules.json",
                                        "sentence_bert_config.json",
                                        "config_sentence_transformers.json",
                                        "codebooks.bin",
                                        "README.md"};
constexpr std::string_view kWeightEndings[] = {".safetensors", ".bin",     ".pt",   ".pth", ".ckpt",
                                               ".h5",          ".msgpack", ".onnx", ".gguf"};
constexpr std::string_view kShardEnding = ".safetensors";
constexpr size_t kMostWeightsShown = 5;

template <size_t n>
bool IsOneOf(std::string_view name, const std::string_view (&names)[n]) {
  return std::find(names, names + n, name) != names + n;
}

// "LICENSE", "LICENSE.txt". Not what could be taken for another file's unfinished part.
bool IsLicence(std::string_view name) {
  return name.starts_with("LICENSE") && !name.ends_with(".part") &&
         name.find('/') == std::string_view::npos;
}

// "1_Pooling/config.json": a module's settings, one folder deep, the folder's name plain.
bool IsModuleConfig(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos || name.substr(slash + 1) != kConfigName) return false;
  return std::all_of(name.begin(), name.begin() + static_cast<ptrdiff_t>(slash),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; });
}

bool IsWeights(std::string_view name) {
  if (name == "codebooks.bin") return false;
  return std::any_of(std::begin(kWeightEndings), std::end(kWeightEndings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

std::string WeightsFound(const HubListing& listing) {
  std::string found;
  size_t count = 0;
  for (const HubFile& file : listing.files) {
    if (!IsWeights(file.name) || ++count > kMostWeightsShown) continue;
    absl::StrAppend(&found, found.empty() ? "" : ", ", file.name);
  }
  if (count > kMostWeightsShown)
    absl::StrAppend(&found, " and ", count - kMostWeightsShown, " more");
  return found.empty() ? "none" : found;
}

absl::Status Unusable(const std::string& where, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

// The files that the index's tensors lie in.
absl::StatusOr<std::set<std::string>> ShardNamesOf(std::string_view index,
                                                   const std::string& where) {
  ABSL_ASSIGN_OR_RETURN(const json root, ParseConfigObject(index, where));
  const json* map = ConfigReader(root, where).Find("weight_map");
  if (map == nullptr || !map->is_object() || map->empty()) {
    return Unusable(where, "expected an object \"weight_map\"");
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (!name.ends_with(kShardEnding) || name.find('/') != std::string::npos) {
      return Unusable(where, absl::StrCat("the file of a tensor is ", ShowJson(file),
                                          ", expected a .safetensors in the same folder"));
    }
    names.insert(name);
  }
  return names;
}

}  // namespace

absl::StatusOr<std::vector<HubFile>> ChooseFiles(const HubListing& listing,
                                                 const std::string& where) {
  const HubFile* config = listing.Find(kConfigName);
  if (config == nullptr) return Unusable(where, "no config.json there: not an encoder");
  const HubFile* weights = listing.Find(kWeightsName);
  if (weights == nullptr) weights = listing.Find(kWeightsIndexName);
  if (weights == nullptr) {
    return Unusable(where, absl::StrCat("expected model.safetensors or ", kWeightsIndexName,
                                        ", found weights: ", WeightsFound(listing),
                                        "; only safetensors are read"));
  }
  std::vector<HubFile> files = {*config};
  bool tokenizer = false;
  for (const HubFile& file : listing.files) {
    const bool names_tokens = IsOneOf(file.name, kTokenizers);
    tokenizer = tokenizer || names_tokens;
    if (names_tokens || IsOneOf(file.name, kOthers) || IsModuleConfig(file.name) ||
        IsLicence(file.name)) {
      files.push_back(file);
    }
  }
  if (!tokenizer) {
    return Unusable(where,
                    "neither tokenizer.json nor vocab.txt is there; only WordPiece "
                    "tokenizers are read");
  }
  files.push_back(*weights);
  return files;
}

absl::StatusOr<std::vector<HubFile>> ChooseShards(const HubListing& listing, std::string_view index,
                                                  const std::string& where) {
  ABSL_ASSIGN_OR_RETURN(const std::set<std::string> names, ShardNamesOf(index, where));
  std::vector<HubFile> shards;
  for (const std::string& name : names) {
    const HubFile* file = listing.Find(name);
    if (file == nullptr) {
      return Unusable(where,
                      absl::StrCat("names \"", name, "\", which the repository does not have"));
    }
    shards.push_back(*file);
  }
  return shards;
}

}  // namespace seekd
