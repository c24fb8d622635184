#include "core/text/text_builder.h"

#include <algorithm>
#include <utility>

#include "core/text/utf8.h"

namespace seekd {

void TextBuilder::Append(std::string_view text, uint32_t source_line) {
  if (text.empty()) return;
  FlushPending();
  if (in_heading_ && heading_begin_ == std::string::npos) heading_begin_ = size();
  if (line_ != source_line) {
    document_.line_marks.push_back({size(), source_line});
    line_ = source_line;
  }
  document_.text.append(text);
  line_ += static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
}

void TextBuilder::FlushPending() {
  if (!document_.text.empty()) {
    if (pending_newlines_ > 0) {
      document_.text.append(static_cast<size_t>(pending_newlines_), '\n');
      line_ += static_cast<uint32_t>(pending_newlines_);
    } else if (pending_space_) {
      document_.text.push_back(' ');
    }
  }
  pending_newlines_ = 0;
  pending_space_ = false;
}

void TextBuilder::Break(int newlines) {
  pending_newlines_ = std::max(pending_newlines_, newlines);
  pending_space_ = false;
}

void TextBuilder::BeginHeading(int level) {
  EndHeading();
  in_heading_ = true;
  heading_level_ = level;
}

void TextBuilder::EndHeading() {
  if (in_heading_ && heading_begin_ != std::string::npos) {
    const std::string_view heading = std::string_view(document_.text).substr(heading_begin_);
    document_.headings.push_back(
        {heading_begin_, heading_level_, std::string(TruncateUtf8(heading, kMaxTitleBytes))});
  }
  in_heading_ = false;
  heading_begin_ = std::string::npos;
  Break(2);
}

TextDocument TextBuilder::Finish() {
  EndHeading();
  if (!document_.text.empty()) document_.text.push_back('\n');
  return std::move(document_);
}

}  // namespace seekd
