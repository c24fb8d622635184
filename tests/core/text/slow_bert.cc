#include "tests/core/text/slow_bert.h"

#include <utf8proc.h>

#include <cstdlib>

#include "core/text/utf8.h"

namespace seekd {
namespace {

std::u32string Decode(const std::string& text) {
  std::u32string out;
  for (size_t pos = 0; pos < text.size();) out += DecodeUtf8(text, &pos);
  return out;
}

// "Lu", "Mn", ...
std::string Category(char32_t c) {
  return utf8proc_category_string(static_cast<utf8proc_int32_t>(c));
}

std::u32string Clean(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) {
    if (c == '\t' || c == '\n' || c == '\r' || Category(c)[0] == 'Z') {
      out += ' ';
    } else if (c != kReplacementCharacter && Category(c)[0] != 'C') {
      out += c;
    }
  }
  return out;
}

bool IsIdeograph(char32_t c) {
  return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::u32string PadIdeographs(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) out += IsIdeograph(c) ? std::u32string{U' ', c, U' '} : std::u32string{c};
  return out;
}

std::u32string Decompose(const std::u32string& text) {
  const std::string encoded = EncodeText(text);
  auto* bytes = utf8proc_NFD(reinterpret_cast<const utf8proc_uint8_t*>(encoded.c_str()));
  if (bytes == nullptr) std::abort();
  const std::u32string out = Decode(reinterpret_cast<const char*>(bytes));
  std::free(bytes);
  return out;
}

std::u32string StripMarks(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) {
    if (Category(c) != "Mn") out += c;
  }
  return out;
}

std::u32string Lower(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) {
    if (c == U'\u0130') {
      out += U"i\u0307";
    } else {
      out += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    }
  }
  return out;
}

bool IsPunctuation(char32_t c) {
  if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
      (c >= 123 && c <= 126)) {
    return true;
  }
  return Category(c)[0] == 'P';
}

}  // namespace

std::vector<std::u32string> SlowWords(const std::string& text,
                                      const BertNormalization& normalization) {
  std::u32string normal = Clean(Decode(text));
  if (normalization.isolate_ideographs) normal = PadIdeographs(normal);
  if (normalization.strips_accents()) normal = StripMarks(Decompose(normal));
  if (normalization.lowercase) normal = Lower(normal);
  std::vector<std::u32string> words;
  bool joins = false;
  for (char32_t c : normal) {
    if (c == ' ') {
      joins = false;
      continue;
    }
    const bool isolated = IsPunctuation(c);
    if (isolated || !joins) words.emplace_back();
    words.back() += c;
    joins = !isolated;
  }
  return words;
}

std::string EncodeText(const std::u32string& text) {
  std::string out;
  for (char32_t c : text) AppendUtf8(c, &out);
  return out;
}

std::vector<BertNormalization> AllNormalizations() {
  std::vector<BertNormalization> all;
  for (const bool lowercase : {true, false}) {
    for (const bool strip_accents : {true, false}) {
      for (const bool isolate : {true, false}) all.push_back({lowercase, strip_accents, isolate});
    }
  }
  return all;
}

std::string Describe(const BertNormalization& normalization) {
  return std::string(normalization.lowercase ? "lower case" : "cased") +
         (normalization.strips_accents() ? ", no accents" : ", accents") +
         (normalization.isolate_ideographs ? ", ideographs alone" : "");
}

}  // namespace seekd
