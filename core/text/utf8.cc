#include "core/text/utf8.h"

#include <cstdint>
#include <cstring>

namespace seekd {
namespace {

// What may follow a lead byte: number of continuation bytes and the range of
// the first of them (Unicode 15, table 3-7). length 0: no lead byte.
struct LeadByte {
  uint8_t continuations = 0;
  uint8_t first_low = 0x80;
  uint8_t first_high = 0xBF;
};

LeadByte ClassifyLead(uint8_t b) {
  if (b >= 0xC2 && b <= 0xDF) return {1, 0x80, 0xBF};
  if (b == 0xE0) return {2, 0xA0, 0xBF};
  if (b == 0xED) return {2, 0x80, 0x9F};
  if (b >= 0xE1 && b <= 0xEF) return {2, 0x80, 0xBF};
  if (b == 0xF0) return {3, 0x90, 0xBF};
  if (b >= 0xF1 && b <= 0xF3) return {3, 0x80, 0xBF};
  if (b == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

size_t SkipAscii(std::string_view text, size_t pos) {
  while (pos + 8 <= text.size()) {
    uint64_t word;
    std::memcpy(&word, text.data() + pos, 8);
    if ((word & 0x8080808080808080u) != 0) break;
    pos += 8;
  }
  while (pos < text.size() && static_cast<uint8_t>(text[pos]) < 0x80) ++pos;
  return pos;
}

}  // namespace

char32_t DecodeUtf8(std::string_view text, size_t* pos, bool* valid) {
  if (valid != nullptr) *valid = true;
  const auto lead_byte = static_cast<uint8_t>(text[(*pos)++]);
  if (lead_byte < 0x80) return lead_byte;
  const LeadByte lead = ClassifyLead(lead_byte);
  char32_t c = lead_byte & (0x3Fu >> lead.continuations);
  uint8_t low = lead.first_low, high = lead.first_high;
  bool complete = lead.continuations > 0;
  for (int i = 0; i < lead.continuations; ++i) {
    const uint8_t b = *pos < text.size() ? static_cast<uint8_t>(text[*pos]) : 0;
    if (b < low || b > high) {
      complete = false;
      break;
    }
    c = (c << 6) | (b & 0x3Fu);
    low = 0x80, high = 0xBF;
    ++*pos;
  }
  if (complete) return c;
  if (valid != nullptr) *valid = false;
  return kReplacementCharacter;
}

size_t EncodeUtf8(char32_t c, char* out) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = kReplacementCharacter;
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  const size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; --i, c >>= 6) out[i] = static_cast<char>(0x80 | (c & 0x3F));
  out[0] = static_cast<char>((0xF00 >> length) | c);
  return length;
}

void AppendUtf8(char32_t c, std::string* out) {
  char buffer[4];
  out->append(buffer, EncodeUtf8(c, buffer));
}

size_t ValidUtf8Prefix(std::string_view text) {
  size_t pos = 0;
  while ((pos = SkipAscii(text, pos)) < text.size()) {
    const size_t begin = pos;
    bool valid = true;
    DecodeUtf8(text, &pos, &valid);
    if (!valid) return begin;
  }
  return text.size();
}

std::string RepairUtf8(std::string_view text, size_t* replaced) {
  std::string out;
  out.reserve(text.size());
  size_t bad = 0;
  while (!text.empty()) {
    size_t pos = ValidUtf8Prefix(text);
    out.append(text.substr(0, pos));
    if (pos < text.size()) {
      DecodeUtf8(text, &pos);
      AppendUtf8(kReplacementCharacter, &out);
      ++bad;
    }
    text.remove_prefix(pos);
  }
  if (replaced != nullptr) *replaced = bad;
  return out;
}

}  // namespace seekd
