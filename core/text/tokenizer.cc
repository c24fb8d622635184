#include "core/text/tokenizer.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/bert_words.h"
#include "core/text/tokenizer_config.h"
#include "core/text/wordpiece.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

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

// No such file: BERT's defaults.
absl::Status CheckSettingsFile(const fs::path& path) {
  const absl::StatusOr<std::string> bytes = ReadWholeFile(path);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(bytes.status());
  return WithPath(CheckTokenizerSettings(*bytes), path);
}

absl::StatusOr<TokenizerConfig> LoadConfig(const fs::path& dir) {
  ABSL_RETURN_IF_ERROR(CheckSettingsFile(dir / "tokenizer_config.json"));
  std::error_code ignored;
  const fs::path json = dir / "tokenizer.json", vocab = dir / "vocab.txt";
  const bool has_json = fs::exists(json, ignored);
  if (!has_json && !fs::exists(vocab, ignored)) {
    return absl::NotFoundError(
        absl::StrCat(dir.string(), ": expected tokenizer.json or vocab.txt, found neither"));
  }
  const fs::path& path = has_json ? json : vocab;
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path));
  absl::StatusOr<TokenizerConfig> config =
      has_json ? ParseTokenizerJson(bytes) : ParseVocabText(bytes);
  if (!config.ok()) return WithPath(config.status(), path);
  return config;
}

}  // namespace

struct Tokenizer::Tables {
  explicit Tables(const TokenizerConfig& config)
      : words(config.vocabulary, config.unknown_id),
        vocab_size(static_cast<uint32_t>(config.vocabulary.size())),
        unknown_id(config.unknown_id),
        cls_id(config.cls_id),
        sep_id(config.sep_id),
        pad_id(config.pad_id) {}

  WordPiece words;
  uint32_t vocab_size;
  TokenId unknown_id, cls_id, sep_id, pad_id;
};

absl::StatusOr<std::unique_ptr<Tokenizer>> Tokenizer::Load(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(const TokenizerConfig config, LoadConfig(dir));
  return std::unique_ptr<Tokenizer>(new Tokenizer(std::make_unique<Tables>(config)));
}

Tokenizer::Tokenizer(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
Tokenizer::~Tokenizer() = default;

void Tokenizer::Tokenize(std::string_view text, std::vector<TokenId>* ids) const {
  TokenId buffer[kMaxWordCharacters];
  BertWordSplitter splitter([&](std::string_view word, uint32_t characters) {
    const uint32_t count = tables_->words.Match(word, characters, buffer);
    ids->insert(ids->end(), buffer, buffer + count);
  });
  splitter.Split(text);
}

std::vector<TokenId> Tokenizer::Tokenize(std::string_view text) const {
  std::vector<TokenId> ids;
  Tokenize(text, &ids);
  return ids;
}

uint32_t Tokenizer::CountTokens(std::string_view text) const {
  TokenId buffer[kMaxWordCharacters];
  uint32_t count = 0;
  BertWordSplitter splitter([&](std::string_view word, uint32_t characters) {
    count += tables_->words.Match(word, characters, buffer);
  });
  splitter.Split(text);
  return count;
}

uint32_t Tokenizer::vocab_size() const { return tables_->vocab_size; }
TokenId Tokenizer::unknown_id() const { return tables_->unknown_id; }
TokenId Tokenizer::cls_id() const { return tables_->cls_id; }
TokenId Tokenizer::sep_id() const { return tables_->sep_id; }
TokenId Tokenizer::pad_id() const { return tables_->pad_id; }

}  // namespace seekd
