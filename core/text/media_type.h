// Media type of a text file by its name's suffix, then by its content. Pure.
#ifndef SEEKD_CORE_TEXT_MEDIA_TYPE_H_
#define SEEKD_CORE_TEXT_MEDIA_TYPE_H_

#include <string>
#include <string_view>

namespace seekd {

// `text` is the decoded content. A man page needs both a suffix like ".3pm" (or none that
// is known) and content that looks like one. Unknown: "text/plain".
std::string DetectMediaType(std::string_view path, std::string_view text);

// "Text/HTML; charset=x" -> "text/html".
std::string NormalizeMediaType(std::string_view media_type);

// True for content that begins like an HTML document.
bool LooksLikeHtml(std::string_view text);

// The charset an HTML document names in a <meta> of its first 1,024 bytes, or "".
std::string DeclaredHtmlCharset(std::string_view bytes);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_MEDIA_TYPE_H_
