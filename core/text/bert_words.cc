#include "core/text/bert_words.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

namespace seekd {
namespace {

using Entry = BertCharacters::Entry;
using Kind = BertCharacters::Kind;

constexpr char32_t kCharacterCount = 0x110000;
// The one character that is two in lower case whatever stands around it (SpecialCasing.txt):
// i and a dot above.
constexpr char32_t kDottedI = 0x130;
constexpr char32_t kDotAbove = 0x307;

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

const BertCharacters& BertCharacters::Get(const BertNormalization& normalization) {
  struct Slot {
    std::once_flag made;
    const BertCharacters* characters = nullptr;  // never destroyed
  };
  static std::array<Slot, 8> slots;
  Slot& slot = slots[(normalization.lowercase ? 1 : 0) + (normalization.strips_accents() ? 2 : 0) +
                     (normalization.isolate_ideographs ? 4 : 0)];
  std::call_once(slot.made, [&] { slot.characters = new BertCharacters(normalization); });
  return *slot.characters;
}

BertCharacters::BertCharacters(const BertNormalization& normalization)
    : normalization_(normalization) {
  FillPages();
  FillAscii();
}

char32_t BertCharacters::Lower(char32_t c) const {
  if (!normalization_.lowercase) return c;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

Entry BertCharacters::ClassifyWhole(char32_t c, bool ideograph) const {
  const char32_t lower = Lower(c);
  return MakeEntry(ideograph || IsPunctuation(lower) ? Kind::kIsolated : Kind::kLetter, lower);
}

Entry BertCharacters::ClassifyDecomposed(char32_t c, bool ideograph) const {
  const bool starter = CombiningClass(c) == 0;
  if (utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_MN) {
    return MakeEntry(starter ? Kind::kMarkStart : Kind::kMark);
  }
  const Entry whole = ClassifyWhole(c, ideograph);
  if (starter || whole.kind() == Kind::kIsolated) return whole;
  return MakeEntry(Kind::kCombining, whole.value());
}

Entry BertCharacters::AddSequence(const std::vector<Entry>& entries) {
  const auto index = static_cast<uint32_t>(sequences_.size());
  sequences_.push_back({static_cast<uint32_t>(entries.size())});
  sequences_.insert(sequences_.end(), entries.begin(), entries.end());
  return MakeEntry(Kind::kSequence, index);
}

Entry BertCharacters::Classify(char32_t c) {
  if (c == 0 || c == kReplacementCharacter || IsControl(c)) return MakeEntry(Kind::kSkip);
  if (IsWhiteSpace(c)) return MakeEntry(Kind::kSpace);
  const bool ideograph = normalization_.isolate_ideographs && IsCjkIdeograph(c);
  if (!normalization_.strips_accents()) {
    if (c != kDottedI || !normalization_.lowercase) return ClassifyWhole(c, ideograph);
    return AddSequence({ClassifyWhole('i', false), ClassifyWhole(kDotAbove, false)});
  }
  utf8proc_int32_t decomposed[32];
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), decomposed, 32, UTF8PROC_DECOMPOSE, nullptr);
  if (count == 1) return ClassifyDecomposed(static_cast<char32_t>(decomposed[0]), ideograph);
  std::vector<Entry> kept;
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    const Entry part = ClassifyDecomposed(static_cast<char32_t>(decomposed[i]), ideograph);
    if (part.kind() != Kind::kMark) kept.push_back(part);
  }
  return kept.size() == 1 ? kept[0] : AddSequence(kept);
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
