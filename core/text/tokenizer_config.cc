#include "core/text/tokenizer_config.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/bert_words.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string Quote(const Json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

// What `read` makes of the parsed `json`.
template <typename Read>
auto ReadJson(std::string_view json, Read read) -> decltype(read(Json())) {
  try {
    return read(Json::parse(json.begin(), json.end()));
  } catch (const Json::parse_error& error) {
    return absl::DataLossError(
        absl::StrCat("malformed JSON at byte ", error.byte, ": ", error.what()));
  } catch (const std::exception& error) {
    return absl::DataLossError(error.what());
  }
}

absl::Status Unsupported(std::string_view setting, std::string_view wanted, const Json& found) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(setting), " must be ",
                                                 std::string(wanted), ", found ",
                                                 Quote(found).substr(0, 200)));
}

// A member of an object, or null.
const Json& Member(const Json& object, const char* name) {
  static const Json null_value;
  if (!object.is_object()) return null_value;
  const auto it = object.find(name);
  return it == object.end() ? null_value : *it;
}

absl::Status RequireEqual(const Json& object, const char* group, const char* name,
                          const Json& wanted) {
  const Json& found = Member(object, name);
  if (found == wanted) return absl::OkStatus();
  return Unsupported(absl::StrCat(group, ".", name), Quote(wanted), found);
}

// A setting of JSON's true or false.
absl::Status ReadFlag(const std::string& setting, const Json& found, bool* value) {
  if (!found.is_boolean()) return Unsupported(setting, "true or false", found);
  *value = found.get<bool>();
  return absl::OkStatus();
}

absl::Status ReadStripAccents(const std::string& setting, const Json& found,
                              std::optional<bool>* value) {
  value->reset();
  if (found.is_null()) return absl::OkStatus();
  bool strip = false;
  ABSL_RETURN_IF_ERROR(ReadFlag(setting, found, &strip));
  *value = strip;
  return absl::OkStatus();
}

absl::Status ReadNormalizer(const Json& normalizer, BertNormalization* normalization) {
  ABSL_RETURN_IF_ERROR(RequireEqual(normalizer, "normalizer", "type", "BertNormalizer"));
  ABSL_RETURN_IF_ERROR(RequireEqual(normalizer, "normalizer", "clean_text", true));
  ABSL_RETURN_IF_ERROR(
      ReadFlag("normalizer.lowercase", Member(normalizer, "lowercase"), &normalization->lowercase));
  ABSL_RETURN_IF_ERROR(ReadFlag("normalizer.handle_chinese_chars",
                                Member(normalizer, "handle_chinese_chars"),
                                &normalization->isolate_ideographs));
  return ReadStripAccents("normalizer.strip_accents", Member(normalizer, "strip_accents"),
                          &normalization->strip_accents);
}

absl::Status CheckModel(const Json& model) {
  ABSL_RETURN_IF_ERROR(RequireEqual(model, "model", "type", "WordPiece"));
  ABSL_RETURN_IF_ERROR(RequireEqual(model, "model", "continuing_subword_prefix", "##"));
  ABSL_RETURN_IF_ERROR(
      RequireEqual(model, "model", "max_input_chars_per_word", kMaxWordCharacters));
  if (!Member(model, "unk_token").is_string()) {
    return Unsupported("model.unk_token", "a string", Member(model, "unk_token"));
  }
  if (Member(model, "vocab").is_object()) return absl::OkStatus();
  return Unsupported("model.vocab", "an object", Member(model, "vocab"));
}

// Special tokens are never recognised in text; any other added token would be.
absl::Status CheckAddedTokens(const Json& added) {
  if (added.is_null()) return absl::OkStatus();
  if (!added.is_array()) return Unsupported("added_tokens", "an array", added);
  for (const Json& token : added) {
    if (Member(token, "special") != true) {
      return Unsupported("added_tokens[].special", "true", token);
    }
  }
  return absl::OkStatus();
}

absl::Status BrokenVocabulary(std::string_view what) {
  return absl::DataLossError(absl::StrCat("vocabulary: ", std::string(what)));
}

absl::StatusOr<std::vector<std::string>> VocabularyById(const Json& vocab) {
  std::vector<std::string> tokens(vocab.size());
  for (const auto& [token, id] : vocab.items()) {
    if (!id.is_number_integer() || id < 0 || id >= vocab.size()) {
      return BrokenVocabulary(absl::StrCat("id of ", Quote(token), " must be an integer in [0, ",
                                           vocab.size(), "), found ", Quote(id)));
    }
    std::string& slot = tokens[id.get<size_t>()];
    if (token.empty() || !slot.empty()) {
      return BrokenVocabulary(
          absl::StrCat("id ", Quote(id), " is taken twice or by an empty token"));
    }
    slot = token;
  }
  return tokens;
}

TokenId Find(const std::unordered_map<std::string_view, TokenId>& ids, std::string_view token) {
  const auto it = ids.find(token);
  return it == ids.end() ? -1 : it->second;
}

absl::StatusOr<TokenizerConfig> MakeConfig(std::vector<std::string> vocabulary,
                                           const std::string& unknown) {
  std::unordered_map<std::string_view, TokenId> ids;
  for (size_t id = 0; id < vocabulary.size(); ++id) {
    if (!ids.emplace(vocabulary[id], static_cast<TokenId>(id)).second) {
      return BrokenVocabulary(absl::StrCat("token of id ", id, " stands twice"));
    }
  }
  TokenizerConfig config;
  config.unknown_id = Find(ids, unknown);
  config.cls_id = Find(ids, "[CLS]");
  config.sep_id = Find(ids, "[SEP]");
  config.pad_id = Find(ids, "[PAD]");
  if (config.unknown_id < 0) {
    return BrokenVocabulary(absl::StrCat("unknown token \"", unknown, "\" is missing"));
  }
  config.vocabulary = std::move(vocabulary);
  return config;
}

absl::StatusOr<TokenizerConfig> ConfigFromJson(const Json& root) {
  BertNormalization normalization;
  ABSL_RETURN_IF_ERROR(ReadNormalizer(Member(root, "normalizer"), &normalization));
  ABSL_RETURN_IF_ERROR(
      RequireEqual(Member(root, "pre_tokenizer"), "pre_tokenizer", "type", "BertPreTokenizer"));
  ABSL_RETURN_IF_ERROR(CheckAddedTokens(Member(root, "added_tokens")));
  const Json& model = Member(root, "model");
  ABSL_RETURN_IF_ERROR(CheckModel(model));
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> vocabulary, VocabularyById(model["vocab"]));
  ABSL_ASSIGN_OR_RETURN(TokenizerConfig config,
                        MakeConfig(std::move(vocabulary), model["unk_token"].get<std::string>()));
  config.normalization = normalization;
  return config;
}

absl::Status ReadSettings(const Json& root, BertNormalization* normalization) {
  const Json& kind = Member(root, "tokenizer_class");
  if (!kind.is_null() && kind != "BertTokenizer" && kind != "BertTokenizerFast") {
    return Unsupported("tokenizer_class", "BertTokenizer or BertTokenizerFast", kind);
  }
  const Json& words = Member(root, "do_basic_tokenize");
  if (!words.is_null() && words != true) return Unsupported("do_basic_tokenize", "true", words);
  const std::pair<const char*, bool*> flags[] = {
      {"do_lower_case", &normalization->lowercase},
      {"tokenize_chinese_chars", &normalization->isolate_ideographs}};
  for (const auto& [name, value] : flags) {
    const Json& found = Member(root, name);
    if (!found.is_null()) ABSL_RETURN_IF_ERROR(ReadFlag(name, found, value));
  }
  if (!root.is_object() || !root.contains("strip_accents")) return absl::OkStatus();
  return ReadStripAccents("strip_accents", root["strip_accents"], &normalization->strip_accents);
}

absl::StatusOr<std::string> ReadWholeFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot open ", path.string()));
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return absl::DataLossError(absl::StrCat("cannot read ", path.string()));
  return bytes;
}

absl::Status WithPath(const absl::Status& status, const fs::path& path) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path.string(), ": ", status.message()));
}

// No such file: nothing is stated.
absl::Status ReadSettingsFile(const fs::path& path, BertNormalization* normalization) {
  const absl::StatusOr<std::string> bytes = ReadWholeFile(path);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(bytes.status());
  return WithPath(ReadTokenizerSettings(*bytes, normalization), path);
}

}  // namespace

absl::StatusOr<TokenizerConfig> ParseTokenizerJson(std::string_view json) {
  return ReadJson(json, ConfigFromJson);
}

absl::Status ReadTokenizerSettings(std::string_view json, BertNormalization* normalization) {
  return ReadJson(json, [&](const Json& root) { return ReadSettings(root, normalization); });
}

absl::StatusOr<TokenizerConfig> ParseVocabText(std::string_view text) {
  std::vector<std::string> vocabulary;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || ValidUtf8Prefix(line) != line.size()) {
      return BrokenVocabulary(
          absl::StrCat("line ", vocabulary.size() + 1, " of vocab.txt is empty or not UTF-8"));
    }
    vocabulary.emplace_back(line);
  }
  return MakeConfig(std::move(vocabulary), "[UNK]");
}

absl::StatusOr<TokenizerConfig> LoadTokenizerConfig(const std::string& dir) {
  const fs::path folder(dir);
  std::error_code ignored;
  const fs::path json = folder / "tokenizer.json", vocab = folder / "vocab.txt";
  const bool has_json = fs::exists(json, ignored);
  if (!has_json && !fs::exists(vocab, ignored)) {
    return absl::NotFoundError(
        absl::StrCat(dir, ": expected tokenizer.json or vocab.txt, found neither"));
  }
  const fs::path& path = has_json ? json : vocab;
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path));
  absl::StatusOr<TokenizerConfig> config =
      has_json ? ParseTokenizerJson(bytes) : ParseVocabText(bytes);
  if (!config.ok()) return WithPath(config.status(), path);
  ABSL_RETURN_IF_ERROR(ReadSettingsFile(folder / "tokenizer_config.json", &config->normalization));
  return config;
}

}  // namespace seekd
