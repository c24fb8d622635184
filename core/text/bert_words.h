// BERT's normalisation and pre-tokenisation in one pass: text to words. Per
// character and in this order (Hugging Face tokenizers, BertNormalizer then
// BertPreTokenizer): drop U+0000, U+FFFD and categories C*, turn white space
// into spaces; isolate CJK ideographs; NFD, drop Mn; lower-case; split at
// spaces; isolate ASCII and Unicode punctuation. The steps in the middle are
// those that BertNormalization chooses: where accents stay, nothing is decomposed.
// NFD needs no neighbours except for the order of combining marks that are not
// Mn, which WordBuffer keeps.
//
// Immutable; any thread.
#ifndef SEEKD_CORE_TEXT_BERT_WORDS_H_
#define SEEKD_CORE_TEXT_BERT_WORDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text/bert_normalization.h"
#include "core/text/utf8.h"

namespace seekd {

// Longest word that is looked up; a longer one is unknown as a whole.
inline constexpr uint32_t kMaxWordCharacters = 100;

// The word being gathered: its first kMaxWordCharacters characters in UTF-8
// and the number of all.
class WordBuffer {
 public:
  void AppendAscii(char c) {
    if (characters_++ < kMaxWordCharacters) bytes_[size_++] = c;
    EndRun();
  }
  void AppendStarter(char32_t c);
  // A character of combining class != 0 moves before those of the run behind
  // the last starter whose class is higher (canonical ordering).
  void AppendCombining(char32_t c);
  // A dropped starter still separates runs of combining characters.
  void EndRun() { run_begin_ = size_; }
  void Clear() { size_ = characters_ = run_begin_ = 0; }

  bool empty() const { return characters_ == 0; }
  uint32_t characters() const { return characters_; }
  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  uint32_t size_ = 0;
  uint32_t characters_ = 0;
  uint32_t run_begin_ = 0;
  std::array<char, 4 * kMaxWordCharacters> bytes_;
};

// Unicode data, tabulated from utf8proc once per process and normalisation.
class BertCharacters {
 public:
  enum class Kind : uint8_t {
    kSkip,       // removed before normalisation: as if never there
    kSpace,      // ends a word
    kMark,       // a non-starter Mn: removed after normalisation
    kMarkStart,  // an Mn of combining class 0: removed, yet separates runs
    kIsolated,   // a word of its own
    kLetter,     // part of a word, combining class 0
    kCombining,  // part of a word, combining class != 0
    kSequence,   // decomposes into several: `value` is an index of sequences
  };
  struct Entry {
    uint32_t packed = 0;
    Kind kind() const { return static_cast<Kind>(packed >> 24); }
    uint32_t value() const { return packed & 0xFFFFFF; }  // character, or index
  };

  static const BertCharacters& Get(const BertNormalization& normalization = {});

  Entry Lookup(char32_t c) const { return cells_[pages_[c >> kPageBits] + (c & kPageMask)]; }
  // Length, then that many entries.
  const Entry* Sequence(uint32_t index) const { return &sequences_[index]; }

  // Of an ASCII byte: 0 space, 1 skipped, 2 isolated, else the letter.
  uint8_t Ascii(uint8_t byte) const { return ascii_[byte]; }

 private:
  static constexpr uint32_t kPageBits = 7;
  static constexpr uint32_t kPageMask = (1u << kPageBits) - 1;

  explicit BertCharacters(const BertNormalization& normalization);
  char32_t Lower(char32_t c) const;
  Entry Classify(char32_t c);
  // Of one character that nothing is taken from, or left of a decomposition.
  Entry ClassifyWhole(char32_t c, bool ideograph) const;
  Entry ClassifyDecomposed(char32_t c, bool ideograph) const;
  Entry AddSequence(const std::vector<Entry>& entries);
  void FillPages();
  void FillAscii();

  const BertNormalization normalization_;
  std::vector<uint32_t> pages_;  // first cell of each page; equal pages are shared
  std::vector<Entry> cells_;
  std::vector<Entry> sequences_;
  std::array<uint8_t, 128> ascii_{};
};

// Calls visit(std::string_view word, uint32_t characters) for each word; the
// view dies with the call. `word` is cut when characters > kMaxWordCharacters.
template <typename Visit>
class BertWordSplitter {
 public:
  explicit BertWordSplitter(Visit visit, const BertCharacters& characters = BertCharacters::Get())
      : characters_(characters), visit_(std::move(visit)) {}

  void Split(std::string_view text) {
    size_t pos = 0;
    while (pos < text.size()) {
      const auto byte = static_cast<uint8_t>(text[pos]);
      if (byte < 0x80) {
        ++pos;
        PutAscii(byte);
      } else {
        Put(characters_.Lookup(DecodeUtf8(text, &pos)));
      }
    }
    Flush();
  }

 private:
  using Kind = BertCharacters::Kind;

  void PutAscii(uint8_t byte) {
    const uint8_t c = characters_.Ascii(byte);
    if (c > 2) {
      word_.AppendAscii(static_cast<char>(c));
    } else if (c != 1) {
      Flush();
      if (c == 2) {
        const char isolated = static_cast<char>(byte);
        visit_(std::string_view(&isolated, 1), 1u);
      }
    }
  }

  void Put(BertCharacters::Entry entry) {
    switch (entry.kind()) {
      case Kind::kSkip:
      case Kind::kMark:
        return;
      case Kind::kMarkStart:
        return word_.EndRun();
      case Kind::kSpace:
        return Flush();
      case Kind::kLetter:
        return word_.AppendStarter(entry.value());
      case Kind::kCombining:
        return word_.AppendCombining(entry.value());
      case Kind::kIsolated:
        Flush();
        word_.AppendStarter(entry.value());
        return Flush();
      case Kind::kSequence:
        break;
    }
    const BertCharacters::Entry* sequence = characters_.Sequence(entry.value());
    for (uint32_t i = 1; i <= sequence->packed; ++i) Put(sequence[i]);
  }

  void Flush() {
    if (word_.empty()) return;
    visit_(word_.bytes(), word_.characters());
    word_.Clear();
  }

  const BertCharacters& characters_;
  Visit visit_;
  WordBuffer word_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_BERT_WORDS_H_
