// The smallest pieces a chunk is made of: lines, sentences or runs of words of
// at most a few dozen tokens, each with its token count and the kind of border
// before it. Text is tokenised piece by piece: WordPiece splits at white space and
// around punctuation, so the counts of pieces cut there add up exactly.
#ifndef SEEKD_CORE_TEXT_CHUNK_UNITS_H_
#define SEEKD_CORE_TEXT_CHUNK_UNITS_H_

#include <cstdint>
#include <vector>

#include "core/text/text_document.h"
#include "core/text/tokenizer.h"

namespace seekd {

// What stands before a unit.
enum class Border : uint8_t {
  kHeading,       // the unit begins with a heading
  kParagraph,     // blank line
  kSentenceLine,  // end of line after a sentence's end
  kLine,
  kSentence,      // inside a line
  kAfterHeading,  // the line before is a heading: it belongs to what follows
  kWord,          // white space inside a sentence
  kPunctuation,   // no white space; words end all the same
  kInsideWord,    // counts do not add up over it: always cut
};

struct TextUnit {
  uint64_t begin = 0;   // ends where the next begins, or with the text
  uint32_t weight = 0;  // tokens, or bytes / kBytesPerToken where that is more
  Border border = Border::kParagraph;
  uint8_t level = 0;  // of the heading where border is kHeading, else 0
};

// Bounds the bytes of a chunk: a word of over 100 characters costs one token,
// however long it is.
inline constexpr uint32_t kBytesPerToken = 16;

// Units of `document.text`: the first begins at 0, the others at a character
// that is no ASCII white space; none weighs more than `max_weight`, all hold a
// token. Empty when the text holds none.
// REQUIRES: max_weight >= 4. Time and memory linear in the text.
std::vector<TextUnit> SplitIntoUnits(const TextDocument& document, const Tokenizer& tokenizer,
                                     uint32_t max_weight);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_CHUNK_UNITS_H_
