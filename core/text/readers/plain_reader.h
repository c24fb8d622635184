// Plain text and source code: the text as it is, without title or headings.
#ifndef SEEKD_CORE_TEXT_READERS_PLAIN_READER_H_
#define SEEKD_CORE_TEXT_READERS_PLAIN_READER_H_

#include <string>

#include "core/text/text_document.h"

namespace seekd {

TextDocument ReadPlain(std::string text, std::string media_type);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_PLAIN_READER_H_
