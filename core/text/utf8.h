// UTF-8 (RFC 3629) decoding that never fails: every maximal ill-formed
// sequence reads as one U+FFFD (Unicode 15, section 3.9, "substitution of
// maximal subparts"). Pure; any thread.
#ifndef SEEKD_CORE_TEXT_UTF8_H_
#define SEEKD_CORE_TEXT_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace seekd {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

// Decodes the character at `*pos` and moves `*pos` behind it.
// REQUIRES: *pos < text.size(). `*valid` (may be null) tells a decoded
// character from a replaced one.
char32_t DecodeUtf8(std::string_view text, size_t* pos, bool* valid = nullptr);

// Writes `c` to `out` (room for 4 bytes) and returns its length, 1 to 4.
// Surrogates and values above U+10FFFF are written as U+FFFD.
size_t EncodeUtf8(char32_t c, char* out);
void AppendUtf8(char32_t c, std::string* out);

// Bytes of `text` before its first ill-formed sequence; text.size() when valid.
size_t ValidUtf8Prefix(std::string_view text);

// `text` with every ill-formed sequence replaced by U+FFFD. `*replaced` (may
// be null) receives their number.
std::string RepairUtf8(std::string_view text, size_t* replaced = nullptr);

inline bool IsUtf8Continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The largest character border <= `pos` of a valid UTF-8 text.
inline size_t FloorToUtf8Border(std::string_view text, size_t pos) {
  while (pos > 0 && pos < text.size() && IsUtf8Continuation(text[pos])) --pos;
  return pos;
}

// The longest prefix of a valid UTF-8 text that has at most `max_bytes`.
inline std::string_view TruncateUtf8(std::string_view text, size_t max_bytes) {
  return text.substr(0, FloorToUtf8Border(text, max_bytes));
}

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_UTF8_H_
