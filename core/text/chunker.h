// Cuts a document into chunks of about `target_tokens` of the encoder's own
// tokens, at section, paragraph and sentence ends, sizes balanced so that no
// tiny tail remains. Pure.
#ifndef SEEKD_CORE_TEXT_CHUNKER_H_
#define SEEKD_CORE_TEXT_CHUNKER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/text/text_document.h"
#include "core/text/tokenizer.h"

namespace seekd {

struct ChunkingOptions {
  // Behaviour. Tokens of context and text together.
  uint32_t target_tokens = 256;
  uint32_t max_tokens = 384;         // hard limit: no chunk is longer
  uint32_t max_context_tokens = 48;  // outer headings give way first

  absl::Status Validate() const;

  // These options, made smaller where an encoder takes no more than `input_tokens`: the
  // limits keep their ratios, so that chunks of a small model are cut by the same taste.
  ChunkingOptions Within(uint32_t input_tokens) const;
};

// Partition of `document.text` (see ChunkSpan): every chunk begins at a character that is
// no white space, but for the first. A text without any token (empty, all white) gives no
// spans. A word of kilobytes is cut inside (at a UTF-8 character border):
// nothing is dropped. REQUIRES: options.Validate() is OK, headings ascend.
// Time linear in the text; the whole of it is tokenised about once.
std::vector<ChunkSpan> ChunkDocument(const TextDocument& document, const Tokenizer& tokenizer,
                                     const ChunkingOptions& options);

// A chunk that was cut for another encoder, cut for this one: itself where it fits, else pieces
// that partition its text, each with its context (shortened where that is too long). Bytes count
// from the chunk's begin, of `chunk` they are not read; lines stay within the chunk's.
std::vector<ChunkSpan> RecutChunk(const ChunkSpan& chunk, const std::string& text,
                                  const Tokenizer& tokenizer, const ChunkingOptions& options);

// The recipe's version is part of every content address and of the model
// fingerprint; raise it with any change to EmbeddingInput or the chunker.
inline constexpr uint32_t kRecipeVersion = 1;

// Exactly what is embedded for a chunk: the model's prefix for passages (mostly ""), then
// context, newline, text; or text alone where the context is empty.
std::string EmbeddingInput(std::string_view passage_prefix, std::string_view context,
                           std::string_view text);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_CHUNKER_H_
