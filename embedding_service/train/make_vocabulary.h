// Reads text and writes the tokenizer's files of a model folder.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_MAKE_VOCABULARY_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_MAKE_VOCABULARY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/train/vocabulary.h"

namespace seekd::train {

struct MakeVocabularyOptions {
  std::vector<std::string> pairs;  // files of pairs, both sides of which are counted
  std::vector<std::string> texts;  // plain files of words
  std::string out;                 // folder, made where there is none
  VocabularyOptions vocabulary;
};

// Writes vocab.txt and tokenizer.json and returns the number of tokens. Errors: those of the files
// and of LearnVocabulary.
absl::StatusOr<size_t> MakeVocabulary(const MakeVocabularyOptions& options);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_MAKE_VOCABULARY_H_
