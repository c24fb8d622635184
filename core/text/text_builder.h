// Gathers the text that a reader makes of markup, with the marks that lead back to
// the source's lines. Owned by one reader call.
#ifndef SEEKD_CORE_TEXT_TEXT_BUILDER_H_
#define SEEKD_CORE_TEXT_TEXT_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text/text_document.h"

namespace seekd {

class TextBuilder {
 public:
  explicit TextBuilder(std::string media_type) { document_.media_type = std::move(media_type); }

  // Text that stands at `source_line` (from 1; of its first byte). Breaks and spaces
  // asked for before come first, except at the very beginning.
  void Append(std::string_view text, uint32_t source_line);

  // At least `newlines` line ends (1: new line, 2: blank line) before the next text.
  void Break(int newlines);
  // A space before the next text unless it begins a line.
  void Space() { pending_space_ = true; }
  // Withdraws Space().
  void NoSpace() { pending_space_ = false; }

  // The heading's text is what is appended until EndHeading; an empty one vanishes.
  void BeginHeading(int level);
  void EndHeading();

  void set_title(std::string title) { document_.title = std::move(title); }
  const std::string& title() const { return document_.title; }
  size_t size() const { return document_.text.size(); }
  // True when the next text begins a line.
  bool at_line_start() const { return pending_newlines_ > 0 || document_.text.empty(); }

  // Ends the text with a newline unless it is empty.
  TextDocument Finish();

 private:
  void FlushPending();

  TextDocument document_;
  uint32_t line_ = 1;  // that the reader of the marks would compute at the end
  int pending_newlines_ = 0;
  bool pending_space_ = false;
  bool in_heading_ = false;
  int heading_level_ = 0;
  size_t heading_begin_ = std::string::npos;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_TEXT_BUILDER_H_
