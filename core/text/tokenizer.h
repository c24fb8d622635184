// WordPiece tokenizer with BERT's normalisation and pre-tokenisation (clean
// control characters, isolate ideographs, lower-case and strip accents where the
// model does, split on white space and punctuation; then greedy longest match
// with "##" continuations).
//
// Immutable after Load; any thread may call Tokenize.
#ifndef SEEKD_CORE_TEXT_TOKENIZER_H_
#define SEEKD_CORE_TEXT_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/bert_normalization.h"

namespace seekd {

using TokenId = int32_t;

class Tokenizer {
 public:
  // Reads `dir`/tokenizer.json (Hugging Face layout), or `dir`/vocab.txt when
  // there is none, and `dir`/tokenizer_config.json where there is one. Errors: NOT_FOUND,
  // INVALID_ARGUMENT (which setting is not supported, what was found), DATA_LOSS (malformed file,
  // offset).
  static absl::StatusOr<std::unique_ptr<Tokenizer>> Load(const std::string& dir);

  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Appends the ids of `text` to `ids`, without special tokens. Invalid UTF-8
  // is read as U+FFFD, one per maximal bad sequence.
  void Tokenize(std::string_view text, std::vector<TokenId>* ids) const;
  std::vector<TokenId> Tokenize(std::string_view text) const;

  // Number of ids Tokenize would append.
  uint32_t CountTokens(std::string_view text) const;

  // Whether a word ends before `c`: white space, punctuation, an ideograph that stands alone.
  bool EndsWord(char32_t c) const;

  const BertNormalization& normalization() const;
  uint32_t vocab_size() const;
  TokenId unknown_id() const;  // [UNK]
  TokenId cls_id() const;      // [CLS], or -1
  TokenId sep_id() const;      // [SEP], or -1
  TokenId pad_id() const;      // [PAD], or -1

 private:
  struct Tables;
  explicit Tokenizer(std::unique_ptr<Tables> tables);
  std::unique_ptr<Tables> tables_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_TOKENIZER_H_
