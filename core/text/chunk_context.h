// The context of a chunk: the document's title and the headings it stands under,
// "Title > Heading > Sub". A heading at the chunk's own begin is not repeated. All of
// it stands in the document, so shortening the context loses nothing.
//
// Immutable after construction; borrows its arguments, which must outlive it.
#ifndef SEEKD_CORE_TEXT_CHUNK_CONTEXT_H_
#define SEEKD_CORE_TEXT_CHUNK_CONTEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/text/text_document.h"
#include "core/text/tokenizer.h"

namespace seekd {

class ChunkContexts {
 public:
  ChunkContexts(const TextDocument& document, const Tokenizer& tokenizer, uint32_t max_tokens);

  // Context of a chunk under the document's heading number `innermost` (from 1; 0:
  // under none). The innermost heading comes first in keeping, then the title, then the
  // other headings from the inner to the outer, each while it fits; one that does not
  // fit alone is cut at a word's end.
  std::string Text(size_t innermost) const;

  // Tokens of Text(innermost).
  uint32_t Tokens(size_t innermost) const { return tokens_[innermost]; }

  // Number (from 1) of the heading that heading `index` (from 0) stands under; 0: none.
  size_t Enclosing(size_t index) const { return parents_[index] + 1; }

 private:
  struct Part {
    std::string text;
    uint32_t tokens = 0;
  };
  static constexpr size_t kNoParent = ~size_t{0};

  Part MakePart(const std::string& raw) const;
  void LinkParents(const TextDocument& document);
  // Indexes of headings, outermost first; `*with_title` tells whether the title leads.
  std::vector<size_t> Choose(size_t innermost, bool* with_title) const;
  uint32_t CountTokens(size_t innermost) const;

  const Tokenizer& tokenizer_;
  const uint32_t max_tokens_;
  const uint32_t separator_tokens_;
  Part title_;
  std::vector<Part> headings_;
  std::vector<size_t> parents_;  // of each heading: the one it stands under
  std::vector<uint32_t> tokens_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_CHUNK_CONTEXT_H_
