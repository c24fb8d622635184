#include "core/text/tokenizer.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/text/bert_words.h"
#include "core/text/tokenizer_config.h"
#include "core/text/wordpiece.h"

namespace seekd {
struct Tokenizer::Tables {
  explicit Tables(const TokenizerConfig& config)
      : normalization(config.normalization),
        characters(BertCharacters::Get(normalization)),
        words(config.vocabulary, config.unknown_id),
        vocab_size(static_cast<uint32_t>(config.vocabulary.size())),
        unknown_id(config.unknown_id),
        cls_id(config.cls_id),
        sep_id(config.sep_id),
        pad_id(config.pad_id) {}

  const BertNormalization normalization;
  const BertCharacters& characters;
  WordPiece words;
  uint32_t vocab_size;
  TokenId unknown_id, cls_id, sep_id, pad_id;
};

absl::StatusOr<std::unique_ptr<Tokenizer>> Tokenizer::Load(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(const TokenizerConfig config, LoadTokenizerConfig(dir));
  return std::unique_ptr<Tokenizer>(new Tokenizer(std::make_unique<Tables>(config)));
}

Tokenizer::Tokenizer(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
Tokenizer::~Tokenizer() = default;

void Tokenizer::Tokenize(std::string_view text, std::vector<TokenId>* ids) const {
  TokenId buffer[kMaxWordCharacters];
  BertWordSplitter splitter(
      [&](std::string_view word, uint32_t characters) {
        const uint32_t count = tables_->words.Match(word, characters, buffer);
        ids->insert(ids->end(), buffer, buffer + count);
      },
      tables_->characters);
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
  BertWordSplitter splitter(
      [&](std::string_view word, uint32_t characters) {
        count += tables_->words.Match(word, characters, buffer);
      },
      tables_->characters);
  splitter.Split(text);
  return count;
}

bool Tokenizer::EndsWord(char32_t c) const {
  const BertCharacters::Kind kind = tables_->characters.Lookup(c).kind();
  return kind == BertCharacters::Kind::kIsolated || kind == BertCharacters::Kind::kSpace;
}

const BertNormalization& Tokenizer::normalization() const { return tables_->normalization; }
uint32_t Tokenizer::vocab_size() const { return tables_->vocab_size; }
TokenId Tokenizer::unknown_id() const { return tables_->unknown_id; }
TokenId Tokenizer::cls_id() const { return tables_->cls_id; }
TokenId Tokenizer::sep_id() const { return tables_->sep_id; }
TokenId Tokenizer::pad_id() const { return tables_->pad_id; }

}  // namespace seekd
