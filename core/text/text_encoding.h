// From bytes of unknown encoding to UTF-8, or the finding that they are no text.
// Pure.
#ifndef SEEKD_CORE_TEXT_TEXT_ENCODING_H_
#define SEEKD_CORE_TEXT_TEXT_ENCODING_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace seekd {

// In this order: byte order mark (UTF-8, UTF-16, UTF-32; dropped); UTF-16 or UTF-32
// by the pattern of their NULs; known binary formats, a NUL in the first 8 KiB or many
// control characters: INVALID_ARGUMENT; valid UTF-8 as it is; mostly valid UTF-8 or
// `declared` "utf-8": bad sequences become U+FFFD; else Windows-1252.
// `declared` is the charset the document names itself, or empty.
absl::StatusOr<std::string> DecodeText(std::string_view bytes, std::string_view declared);

// Of a byte in Windows-1252; undefined ones map to themselves (WHATWG Encoding).
char32_t Windows1252ToUnicode(unsigned char byte);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_TEXT_ENCODING_H_
