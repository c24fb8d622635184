// Token ids back to a text that a WordPiece tokenizer turns into the same ids: pieces of a
// word are joined, words are separated by spaces, [UNK] stays as that token's text, which a
// Hugging Face tokenizer knows. What a server that takes text is sent. Immutable; any thread.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_TOKEN_TEXT_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_TOKEN_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/encoder.h"

namespace seekd {

class TokenText {
 public:
  // Reads the vocabulary of the tokenizer in `dir`. Errors as Tokenizer::Load's.
  static absl::StatusOr<TokenText> Load(const std::string& dir);

  // REQUIRES: ids of one Tokenize call, or the first of them; each below the vocabulary's size.
  std::string Join(TokenSpan ids) const;

 private:
  explicit TokenText(std::vector<std::string> vocabulary) : vocabulary_(std::move(vocabulary)) {}
  std::vector<std::string> vocabulary_;  // by id
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_TOKEN_TEXT_H_
