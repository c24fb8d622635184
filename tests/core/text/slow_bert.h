// BERT's normalisation and splitting as whole-string steps in the documented order: slow and
// obvious, what the one-pass BertWordSplitter duels.
#ifndef SEEKD_TESTS_CORE_TEXT_SLOW_BERT_H_
#define SEEKD_TESTS_CORE_TEXT_SLOW_BERT_H_

#include <string>
#include <vector>

#include "core/text/bert_normalization.h"

namespace seekd {

// The words of `text`, which may be ill-formed.
std::vector<std::u32string> SlowWords(const std::string& text,
                                      const BertNormalization& normalization);

std::string EncodeText(const std::u32string& text);

// Every combination of the three settings.
std::vector<BertNormalization> AllNormalizations();
std::string Describe(const BertNormalization& normalization);

}  // namespace seekd

#endif  // SEEKD_TESTS_CORE_TEXT_SLOW_BERT_H_
