#include "embedding_service/remote/token_text.h"

#include <string_view>

#include "core/base/status_macros.h"
#include "core/text/tokenizer_config.h"

namespace seekd {

absl::StatusOr<TokenText> TokenText::Load(const std::string& dir) {
  ABSL_ASSIGN_OR_RETURN(TokenizerConfig config, LoadTokenizerConfig(dir));
  return TokenText(std::move(config.vocabulary));
}

std::string TokenText::Join(TokenSpan ids) const {
  constexpr std::string_view kContinuation = "##";
  std::string text;
  for (const TokenId id : ids) {
    std::string_view piece = vocabulary_[static_cast<size_t>(id)];
    // "##" alone is no continuation of anything.
    if (piece.size() > kContinuation.size() && piece.starts_with(kContinuation)) {
      piece.remove_prefix(kContinuation.size());
    } else if (!text.empty()) {
      text += ' ';
    }
    text += piece;
  }
  return text;
}

}  // namespace seekd
