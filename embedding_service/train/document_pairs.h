// Pairs out of documents as they are: what a title, a heading or a sentence stands over is what it
// is about. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_DOCUMENT_PAIRS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_DOCUMENT_PAIRS_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/text_document.h"
#include "embedding_service/train/text_pairs.h"

namespace seekd::train {

struct DocumentPairOptions {
  size_t passage_bytes = 900;      // of a passage, at most
  size_t min_passage_bytes = 120;  // shorter ones are left out
  size_t min_query_words = 2;
  size_t max_sections = 8;   // of a document, that give a pair
  size_t max_sentences = 8;  // likewise
};

// The value of `key` in the YAML front matter that `source` begins with, without quotes; "" where
// there is none.
std::string FrontMatterValue(std::string_view source, std::string_view key);

// In this order: the title, and the description of the front matter, with the document's first
// passage; headings with the passage below; a sentence with the rest of its passage. Sections and
// sentences are drawn from `random` where there are more than the options allow.
std::vector<TextPair> PairsOfDocument(std::string_view source, const TextDocument& document,
                                      const DocumentPairOptions& options, std::mt19937_64* random);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_DOCUMENT_PAIRS_H_
