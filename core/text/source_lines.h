// From offsets in a document's text to lines of its source. One forward pass:
// offsets must be asked for in ascending order. Borrows the document.
#ifndef SEEKD_CORE_TEXT_SOURCE_LINES_H_
#define SEEKD_CORE_TEXT_SOURCE_LINES_H_

#include <cstddef>
#include <cstdint>

#include "core/text/text_document.h"

namespace seekd {

class SourceLines {
 public:
  explicit SourceLines(const TextDocument& document) : document_(document) {}

  // Line (from 1) of the byte at `offset`. REQUIRES: offset is not below the one
  // before, and <= text.size().
  uint32_t LineAt(uint64_t offset);

 private:
  void AdvanceTo(uint64_t offset);

  const TextDocument& document_;
  uint64_t position_ = 0;
  uint32_t line_ = 1;
  size_t next_mark_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_SOURCE_LINES_H_
