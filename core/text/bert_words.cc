#include "core/text/bert_words.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace seekd {
namespace {

using Entry = BertCharacters::Entry;
using Kind = BertCharacters::Kind;

constexpr char32_t kCharacterCount = 0x110000;

Entry MakeEntry(Kind kind, uint32_t value = 0) {
  return {static_cast<uint32_t>(kind) << 24 | value};
}

// Categories Cc, Cf, Cn, Co and Cs, but not the white space among them.
bool IsControl(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
      return true;
    default:
      return false;
  }
}

bool IsWhiteSpace(char32_t c) {
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return true;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

// BERT's list: the CJK Unified and Compatibility Ideographs blocks.
bool IsCjkIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// ASCII symbols ($ + < = > ^ ` | ~) count as punctuation.
bool IsPunctuation(char32_t c) {
  if (c < 0x80)
    return c > ' ' && c < 0x7F && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
           !(c >= '0' && c <= '9');
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

int CombiningClass(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

// Of one character of the canonical decomposition.
Entry ClassifyDecomposed(char32_t c, bool ideograph) {
  const bool starter = CombiningClass(c) == 0;
  if (utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_MN) {
    return MakeEntry(starter ? Kind::kMarkStart : Kind::kMark);
  }
  const auto lower = static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  if (ideograph || IsPunctuation(lower)) return MakeEntry(Kind::kIsolated, lower);
  return MakeEntry(starter ? Kind::kLetter : Kind::kCombining, lower);
}

}  // namespace

void WordBuffer::AppendStarter(char32_t c) {
  if (characters_++ < kMaxWordCharacters) {
    size_ += static_cast<uint32_t>(EncodeUtf8(c, bytes_.data() + size_));
  }
  EndRun();
}

void WordBuffer::AppendCombining(char32_t c) {
  if (characters_++ >= kMaxWordCharacters) return;
  char encoded[4];
  const size_t length = EncodeUtf8(c, encoded);
  const int combining_class = CombiningClass(c);
  size_t at = run_begin_;
  for (size_t next = at; next < size_; at = next) {
    if (CombiningClass(DecodeUtf8(bytes(), &next)) > combining_class) break;
  }
  std::memmove(bytes_.data() + at + length, bytes_.data() + at, size_ - at);
  std::memcpy(bytes_.data() + at, encoded, length);
  size_ += static_cast<uint32_t>(length);
}

const BertCharacters& BertCharacters::Get() {
  static const BertCharacters* const characters = new BertCharacters();  // never destroyed
  return *characters;
}

BertCharacters::BertCharacters() {
  FillPages();
  FillAscii();
}

Entry BertCharacters::Classify(char32_t c) {
  if (c == 0 || c == kReplacementCharacter || IsControl(c)) return MakeEntry(Kind::kSkip);
  if (IsWhiteSpace(c)) return MakeEntry(Kind::kSpace);
  utf8proc_int32_t decomposed[32];
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), decomposed, 32, UTF8PROC_DECOMPOSE, nullptr);
  const bool ideograph = IsCjkIdeograph(c);
  if (count == 1) return ClassifyDecomposed(static_cast<char32_t>(decomposed[0]), ideograph);
  std::vector<Entry> kept;
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    const Entry part = ClassifyDecomposed(static_cast<char32_t>(decomposed[i]), ideograph);
    if (part.kind() != Kind::kMark) kept.push_back(part);
  }
  if (kept.size() == 1) return kept[0];
  const auto index = static_cast<uint32_t>(sequences_.size());
  sequences_.push_back({static_cast<uint32_t>(kept.size())});
  sequences_.insert(sequences_.end(), kept.begin(), kept.end());
  return MakeEntry(Kind::kSequence, index);
}

void BertCharacters::FillPages() {
  std::map<std::vector<uint32_t>, uint32_t> known;
  std::vector<uint32_t> page(1u << kPageBits);
  for (char32_t first = 0; first < kCharacterCount; first += 1u << kPageBits) {
    for (uint32_t i = 0; i <= kPageMask; ++i) page[i] = Classify(first + i).packed;
    const auto [found, is_new] = known.emplace(page, static_cast<uint32_t>(cells_.size()));
    if (is_new) {
      for (uint32_t packed : page) cells_.push_back({packed});
    }
    pages_.push_back(found->second);
  }
}

void BertCharacters::FillAscii() {
  for (uint32_t c = 0; c < 128; ++c) {
    const Entry entry = Lookup(c);
    switch (entry.kind()) {
      case Kind::kSpace:
        ascii_[c] = 0;
        break;
      case Kind::kIsolated:
        ascii_[c] = 2;
        break;
      case Kind::kLetter:
        ascii_[c] = static_cast<uint8_t>(entry.value());
        break;
      default:
        ascii_[c] = 1;
    }
  }
}

}  // namespace seekd
