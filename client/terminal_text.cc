#include "client/terminal_text.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace seekd::client {
namespace {

struct Decoded {
  char32_t code_point = 0;
  size_t size = 0;  // 0: not valid UTF-8
};

bool IsContinuation(unsigned char c) { return (c & 0xc0) == 0x80; }

size_t SequenceSize(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The code point at the front of `s`, which is not empty (RFC 3629).
Decoded DecodeFront(std::string_view s) {
  const auto lead = static_cast<unsigned char>(s[0]);
  const size_t size = SequenceSize(lead);
  if (size == 0 || size > s.size()) return {};
  if (size == 1) return {lead, 1};
  char32_t value = lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (!IsContinuation(c)) return {};
    value = (value << 6) | (c & 0x3fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[size] || value > 0x10ffff || surrogate) return {};
  return {value, size};
}

// Controls, and what reorders or hides the text around it.
bool SteersTerminal(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c || c == 0x2028 ||
         c == 0x2029;
}

bool IsAsciiSpace(char32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void AppendHexEscaped(std::string_view bytes, std::string* out) {
  for (const char c : bytes) absl::StrAppendFormat(out, "\\x%02x", static_cast<unsigned char>(c));
}

void AppendSpace(std::string_view byte, bool multiline, std::string* out) {
  if (multiline && (byte == "\n" || byte == "\t" || byte == " ")) {
    out->append(byte);
  } else if (multiline) {
    AppendHexEscaped(byte, out);
  } else if (out->empty() || out->back() != ' ') {
    out->push_back(' ');
  }
}

void AppendEscaped(std::string_view text, bool multiline, std::string* out) {
  while (!text.empty()) {
    const Decoded next = DecodeFront(text);
    const std::string_view bytes = text.substr(0, next.size == 0 ? 1 : next.size);
    if (next.size != 0 && IsAsciiSpace(next.code_point)) {
      AppendSpace(bytes, multiline, out);
    } else if (next.size == 0 || SteersTerminal(next.code_point)) {
      AppendHexEscaped(bytes, out);
    } else {
      out->append(bytes);
    }
    text.remove_prefix(bytes.size());
  }
}

}  // namespace

std::string EscapeForTerminal(std::string_view text, bool multiline) {
  std::string out;
  out.reserve(text.size());
  AppendEscaped(text, multiline, &out);
  return out;
}

std::string Highlight(std::string_view text, std::span<const std::pair<int, int>> ranges,
                      std::string_view open, std::string_view close, bool multiline) {
  std::string out;
  size_t at = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin < 0 || end <= begin || static_cast<size_t>(begin) < at ||
        static_cast<size_t>(end) > text.size()) {
      continue;
    }
    AppendEscaped(text.substr(at, begin - at), multiline, &out);
    out.append(open);
    AppendEscaped(text.substr(begin, end - begin), multiline, &out);
    out.append(close);
    at = end;
  }
  AppendEscaped(text.substr(at), multiline, &out);
  return out;
}

std::string FormatBytes(int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  // 999.95 would be printed as 1000.0.
  for (; value >= 999.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string FormatCount(int64_t count) {
  std::string digits = absl::StrCat(count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string FormatCounted(int64_t count, std::string_view noun) {
  return absl::StrCat(FormatCount(count), " ", std::string(noun), count == 1 ? "" : "s");
}

std::string FormatDuration(double seconds) {
  if (seconds < 9.995) return absl::StrFormat("%.2f s", seconds);
  if (seconds < 59.95) return absl::StrFormat("%.1f s", seconds);
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 3600) return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  return absl::StrFormat("%d h %02d min", whole / 3600, whole % 3600 / 60);
}

std::string FormatPercent(int64_t part, int64_t whole) {
  if (whole == 0) return "-";
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace seekd::client
