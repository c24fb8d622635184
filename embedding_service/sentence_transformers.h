// What the sentence-transformers library keeps beside a Hugging Face model, read into
// the settings it amounts to:
//
//   modules.json                       Transformer, Pooling and perhaps Normalize, in this order
//   <pooling's path>/config.json       the mode: mean or CLS
//   sentence_bert_config.json          max_seq_length, do_lower_case
//   tokenizer_config.json              model_max_length, where the file above says nothing
//   config_sentence_transformers.json  prompts: the prefixes of queries and passages
//
// (sbert.net, "Creating Custom Models"; SentenceTransformer.encode_query, encode_document.)
// Each file may be absent. What would change the embeddings and is not implemented is
// refused, by the file's and the setting's name.
#ifndef SEEKD_EMBEDDING_SERVICE_SENTENCE_TRANSFORMERS_H_
#define SEEKD_EMBEDDING_SERVICE_SENTENCE_TRANSFORMERS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace seekd {

// How the rows of the tokens become one row.
enum class Pooling { kMean, kCls };

struct SentenceTransformersSettings {
  std::optional<Pooling> pooling;
  std::optional<uint32_t> pooled_dim;
  uint32_t max_length = UINT32_MAX;  // tokens, special ones included; UINT32_MAX: not stated
  bool lowercases_input = false;     // before the tokenizer sees it
  std::string query_prefix;
  std::string passage_prefix;
};

// Of the model folder `dir`. Errors: INVALID_ARGUMENT, DATA_LOSS (not JSON).
absl::StatusOr<SentenceTransformersSettings> LoadSentenceTransformersSettings(
    const std::string& dir);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_SENTENCE_TRANSFORMERS_H_
