// HTML: what a reader sees. Scripts and styles vanish, blocks become lines, headings
// h1 to h6 stay marked, white space is folded outside <pre>, entities are decoded; line
// marks lead back to the source. The title is <title>'s.
#ifndef SEEKD_CORE_TEXT_READERS_HTML_READER_H_
#define SEEKD_CORE_TEXT_READERS_HTML_READER_H_

#include <string_view>

#include "core/text/text_document.h"

namespace seekd {

// REQUIRES: `source` is valid UTF-8.
TextDocument ReadHtml(std::string_view source);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_HTML_READER_H_
