// Reads a WordPiece vocabulary and how BERT's normalisation is set, and proves
// that the files ask for nothing else: what is not supported is refused, never
// ignored.
#ifndef SEEKD_CORE_TEXT_TOKENIZER_CONFIG_H_
#define SEEKD_CORE_TEXT_TOKENIZER_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/bert_normalization.h"
#include "core/text/tokenizer.h"

namespace seekd {

struct TokenizerConfig {
  std::vector<std::string> vocabulary;  // by id; no gap, no duplicate, none empty
  TokenId unknown_id = -1;
  TokenId cls_id = -1, sep_id = -1, pad_id = -1;  // -1: the vocabulary has none
  BertNormalization normalization;
};

// Hugging Face tokenizer.json. Truncation, padding, post-processor and decoder
// are not ours: they act on ids. Errors: INVALID_ARGUMENT (setting, wanted,
// found), DATA_LOSS (malformed JSON with byte offset, broken vocabulary).
absl::StatusOr<TokenizerConfig> ParseTokenizerJson(std::string_view json);

// tokenizer_config.json, which has the last word beside either file: writes what it states over
// `normalization`. Errors: as above.
absl::Status ReadTokenizerSettings(std::string_view json, BertNormalization* normalization);

// BERT's vocab.txt: line n (from 0) is the token of id n. It says nothing of normalisation.
absl::StatusOr<TokenizerConfig> ParseVocabText(std::string_view text);

// Of `dir`/tokenizer.json, or of `dir`/vocab.txt when there is none, and of
// `dir`/tokenizer_config.json when there is one. NOT_FOUND, and the errors of the above with the
// file's path.
absl::StatusOr<TokenizerConfig> LoadTokenizerConfig(const std::string& dir);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_TOKENIZER_CONFIG_H_
