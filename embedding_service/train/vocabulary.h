// Learns a WordPiece vocabulary: byte-pair merges (Sennrich et al. 2016) over word counts, with
// BERT's "##" before what continues a word. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_VOCABULARY_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_VOCABULARY_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd::train {

// Occurrences of each word, as the tokenizer normalises and splits text. Ordered, so that what is
// learned does not depend on a hash.
using WordCounts = std::map<std::string, uint64_t, std::less<>>;

void CountWords(std::string_view text, WordCounts* counts);

struct VocabularyOptions {
  size_t size = 32000;           // tokens, the special ones included
  size_t max_characters = 1000;  // the most frequent ones; words with others are left out
  uint64_t min_count = 2;        // of a pair that is merged
};

// Tokens by id: [PAD] [UNK] [CLS] [SEP] [MASK], the characters by falling count, each at a word's
// begin and then, with "##", within one, and merges in their order. Fewer than `size` where no
// pair is left. INVALID_ARGUMENT: no words, or no room for the characters.
absl::StatusOr<std::vector<std::string>> LearnVocabulary(const WordCounts& counts,
                                                         const VocabularyOptions& options);

// Hugging Face's tokenizer.json of a vocabulary whose first five tokens are the special ones.
std::string TokenizerJson(const std::vector<std::string>& vocabulary);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_VOCABULARY_H_
