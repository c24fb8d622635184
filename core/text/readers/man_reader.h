// Manual pages: man(7) and mdoc(7) macros to text. Sections are headings of level 1,
// subsections of level 2; the title is "name(section)". Filled paragraphs become one
// line each, line marks lead back to the source.
#ifndef SEEKD_CORE_TEXT_READERS_MAN_READER_H_
#define SEEKD_CORE_TEXT_READERS_MAN_READER_H_

#include <string_view>

#include "core/text/text_document.h"

namespace seekd {

// REQUIRES: `source` is valid UTF-8.
TextDocument ReadMan(std::string_view source);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_MAN_READER_H_
