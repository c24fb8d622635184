// What a BERT tokenizer does to characters before it looks for words: the settings in which
// models differ (Hugging Face tokenizers, BertNormalizer). A value.
#ifndef SEEKD_CORE_TEXT_BERT_NORMALIZATION_H_
#define SEEKD_CORE_TEXT_BERT_NORMALIZATION_H_

#include <optional>

namespace seekd {

// By default that of BERT-uncased.
struct BertNormalization {
  bool lowercase = true;
  std::optional<bool> strip_accents;  // none: as `lowercase`
  bool isolate_ideographs = true;     // "handle_chinese_chars", "tokenize_chinese_chars"

  bool strips_accents() const { return strip_accents.value_or(lowercase); }

  friend bool operator==(const BertNormalization& a, const BertNormalization& b) {
    return a.lowercase == b.lowercase && a.strips_accents() == b.strips_accents() &&
           a.isolate_ideographs == b.isolate_ideographs;
  }
};

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_BERT_NORMALIZATION_H_
