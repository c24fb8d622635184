// reStructuredText: the text stays as it is. Headings are titles underlined (and
// perhaps overlined) with punctuation; a style's level is the order of its first use
// (docutils, "Sections"). The title is the first section's.
#ifndef SEEKD_CORE_TEXT_READERS_RST_READER_H_
#define SEEKD_CORE_TEXT_READERS_RST_READER_H_

#include <string>

#include "core/text/text_document.h"

namespace seekd {

TextDocument ReadRst(std::string text);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_RST_READER_H_
