// Character references of HTML (WHATWG HTML, section 13.5): all numeric ones, and the
// named ones of HTML 4 (W3C HTML 4.01, section 24).
#ifndef SEEKD_CORE_TEXT_READERS_HTML_ENTITIES_H_
#define SEEKD_CORE_TEXT_READERS_HTML_ENTITIES_H_

#include <string>
#include <string_view>

namespace seekd {

// `text` with its references decoded; what is none stays as it is.
std::string DecodeHtmlEntities(std::string_view text);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_READERS_HTML_ENTITIES_H_
