#include "core/text/text_encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/utf8.h"

namespace seekd {
namespace {

constexpr size_t kSniffedBytes = 8192;

// A fixed-width or UTF-16 encoding: bytes of a unit, and their order.
struct WideEncoding {
  size_t unit_bytes = 2;
  bool big_endian = false;
};

uint32_t ReadUnit(std::string_view bytes, size_t pos, WideEncoding encoding) {
  uint32_t unit = 0;
  for (size_t i = 0; i < encoding.unit_bytes; ++i) {
    const size_t at = encoding.big_endian ? i : encoding.unit_bytes - 1 - i;
    unit = unit << 8 | static_cast<uint8_t>(bytes[pos + at]);
  }
  return unit;
}

// Lone surrogates, too large values and a cut last unit become U+FFFD.
std::string DecodeWide(std::string_view bytes, WideEncoding encoding) {
  const size_t step = encoding.unit_bytes;
  std::string out;
  out.reserve(bytes.size() / step + 16);
  size_t pos = 0;
  while (pos + step <= bytes.size()) {
    char32_t c = ReadUnit(bytes, pos, encoding);
    pos += step;
    const bool high = step == 2 && c >= 0xD800 && c < 0xDC00;
    if (high && pos + step <= bytes.size()) {
      const uint32_t low = ReadUnit(bytes, pos, encoding);
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        pos += step;
      }
    }
    AppendUtf8(c, &out);
  }
  if (pos < bytes.size()) AppendUtf8(kReplacementCharacter, &out);
  return out;
}

std::optional<std::string> DecodeByMark(std::string_view bytes) {
  struct Mark {
    std::string_view bytes;
    WideEncoding encoding;
  };
  // UTF-32's little-endian mark begins with UTF-16's.
  static constexpr Mark kMarks[] = {{std::string_view("\xFF\xFE\0\0", 4), {4, false}},
                                    {std::string_view("\0\0\xFE\xFF", 4), {4, true}},
                                    {std::string_view("\xFF\xFE", 2), {2, false}},
                                    {std::string_view("\xFE\xFF", 2), {2, true}}};
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") return RepairUtf8(bytes.substr(3));
  for (const Mark& mark : kMarks) {
    if (bytes.substr(0, mark.bytes.size()) == mark.bytes) {
      return DecodeWide(bytes.substr(mark.bytes.size()), mark.encoding);
    }
  }
  return std::nullopt;
}

bool IsRareControl(char c) {
  const auto b = static_cast<unsigned char>(c);
  // Tab to carriage return, backspace (overstrike) and escape (colours) are text.
  return b < 0x20 && !(b >= 8 && b <= 13) && b != 0x1B;
}

// Text of mostly ASCII or Latin characters in a wide encoding has NULs at the high
// bytes, hardly any elsewhere, and no control characters once decoded.
std::optional<std::string> DecodeByNulPattern(std::string_view bytes) {
  for (const WideEncoding encoding : {WideEncoding{4, false}, WideEncoding{4, true},
                                      WideEncoding{2, false}, WideEncoding{2, true}}) {
    const size_t step = encoding.unit_bytes;
    const std::string_view head = bytes.substr(0, kSniffedBytes / step * step);
    const size_t units = head.size() / step;
    if (units < 2 || bytes.size() % step != 0) continue;
    size_t latin = 0, controls = 0;
    for (size_t i = 0; i < units; ++i) {
      const uint32_t unit = ReadUnit(head, i * step, encoding);
      if (unit > 0 && unit < 0x100) ++latin;
      if (unit == 0 || (unit < 0x80 && IsRareControl(static_cast<char>(unit)))) ++controls;
    }
    if (latin * 10 >= units * 7 && controls == 0) return DecodeWide(bytes, encoding);
  }
  return std::nullopt;
}

absl::Status CheckMagic(std::string_view bytes) {
  static constexpr std::pair<std::string_view, const char*> kMagics[] = {
      {"%PDF-", "PDF"},
      {"PK\x03\x04", "zip"},
      {"\x7F"
       "ELF",
       "ELF"},
      {"\x89PNG", "PNG"},
      {"\xFF\xD8\xFF", "JPEG"},
      {"GIF87a", "GIF"},
      {"GIF89a", "GIF"},
      {"\x1F\x8B", "gzip"},
      {"BZh9", "bzip2"},
      {"\xFD"
       "7zXZ",
       "xz"},
      {"\x28\xB5\x2F\xFD", "zstd"},
      {"7z\xBC\xAF", "7z"},
      {"Rar!\x1A", "rar"},
      {"\xD0\xCF\x11\xE0", "OLE document"},
      {"SQLite format 3", "SQLite"},
      {"OggS", "Ogg"},
      {"ID3", "MP3"},
  };
  for (const auto& [magic, name] : kMagics) {
    if (bytes.substr(0, magic.size()) == magic) {
      return absl::InvalidArgumentError(absl::StrCat("binary file (", name, ")"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckIsText(std::string_view bytes) {
  ABSL_RETURN_IF_ERROR(CheckMagic(bytes));
  const std::string_view head = bytes.substr(0, kSniffedBytes);
  const size_t nul = head.find('\0');
  if (nul != std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("binary file (NUL at byte ", nul, ")"));
  }
  const auto controls = static_cast<size_t>(std::count_if(head.begin(), head.end(), IsRareControl));
  if (controls * 10 > head.size()) {
    return absl::InvalidArgumentError(absl::StrCat("binary file (", controls, " of the first ",
                                                   head.size(), " bytes are control characters)"));
  }
  return absl::OkStatus();
}

std::string DecodeWindows1252(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (char c : bytes) AppendUtf8(Windows1252ToUnicode(static_cast<unsigned char>(c)), &out);
  return out;
}

// Whether ill-formed bytes are damage in UTF-8 text rather than another encoding:
// correct multi-byte sequences outnumber them.
bool LooksLikeDamagedUtf8(std::string_view bytes) {
  size_t good = 0, bad = 0;
  for (size_t pos = 0; pos < bytes.size();) {
    if (static_cast<unsigned char>(bytes[pos]) < 0x80) {
      ++pos;
      continue;
    }
    bool valid = true;
    DecodeUtf8(bytes, &pos, &valid);
    ++(valid ? good : bad);
  }
  return good > bad;
}

// Five bytes stand for nothing in Windows-1252: text in it has none of them.
bool IsPlausibleWindows1252(std::string_view bytes) {
  return bytes.find_first_of("\x81\x8D\x8F\x90\x9D") == std::string_view::npos;
}

bool IsUtf8Name(std::string_view charset) {
  const absl::string_view name(charset.data(), charset.size());
  return absl::EqualsIgnoreCase(name, "utf-8") || absl::EqualsIgnoreCase(name, "utf8");
}

}  // namespace

char32_t Windows1252ToUnicode(unsigned char byte) {
  static constexpr std::array<uint16_t, 32> kHigh = {
      0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  return byte >= 0x80 && byte < 0xA0 ? kHigh[byte - 0x80] : byte;
}

absl::StatusOr<std::string> DecodeText(std::string_view bytes, std::string_view declared) {
  if (std::optional<std::string> text = DecodeByMark(bytes)) return *std::move(text);
  if (std::optional<std::string> text = DecodeByNulPattern(bytes)) return *std::move(text);
  ABSL_RETURN_IF_ERROR(CheckIsText(bytes));
  if (ValidUtf8Prefix(bytes) == bytes.size()) return std::string(bytes);
  if (IsUtf8Name(declared) || LooksLikeDamagedUtf8(bytes)) return RepairUtf8(bytes);
  if (!declared.empty() || IsPlausibleWindows1252(bytes)) return DecodeWindows1252(bytes);
  return RepairUtf8(bytes);
}

}  // namespace seekd
