// Markdown: the text stays as it is, front matter included. Headings are ATX and
// one-line Setext headings outside code fences (CommonMark 0.30); the title is the
// front matter's `title:` or the first heading of level 1.
#ifndef SEEKD_CORE_TEXT_READERS_MARKDOWN_READER_H_
#define SEEKD_CORE_TEXT_READERS_MARKDOWN_READER_H_

#include <string>

#include "core/text/text_document.h"

namespace seekd {

TextDocument ReadMarkdown(std::string text);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_MARKDOWN_READER_H_
