#include "core/text/source_lines.h"

#include <algorithm>

namespace seekd {

uint32_t SourceLines::LineAt(uint64_t offset) {
  for (; next_mark_ < document_.line_marks.size(); ++next_mark_) {
    const LineMark& mark = document_.line_marks[next_mark_];
    if (mark.byte_offset > offset) break;
    position_ = mark.byte_offset;
    line_ = mark.line;
  }
  AdvanceTo(offset);
  return line_;
}

void SourceLines::AdvanceTo(uint64_t offset) {
  const char* text = document_.text.data();
  line_ += static_cast<uint32_t>(std::count(text + position_, text + offset, '\n'));
  position_ = offset;
}

}  // namespace seekd
