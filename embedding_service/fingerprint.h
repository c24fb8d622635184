// The identity of what produces a collection's embeddings. A collection pins it
// and refuses to be searched with another: recomputed rows must be the rows the
// index was built from.
//
// Exact parts: the content of the weights and of the tokenizer's file, the
// Unicode version of the character tables, the recipe version, the prefixes of queries
// and passages, a transformer's longest input, and the normalisation where it is not that of
// BERT-uncased. What the numeric
// library does with them is judged by its results, the rows of 16 probe texts.
// They enter rounded to 1/64, the first 16 components of each: last-bit noise
// between CPUs (about 1e-7) must not change the fingerprint, and only a value
// within that noise of a rounding border could; an upgrade that changes what is
// computed moves some of the 256 values by more. They are computed in fp32 whatever
// precision the daemon then serves in: that is no part of the identity (docs/adr/0017).
//
// A remote model has no weights here: its probe rows, recorded once, stand for them
// (remote/remote_encoder.h).
#ifndef SEEKD_EMBEDDING_SERVICE_FINGERPRINT_H_
#define SEEKD_EMBEDDING_SERVICE_FINGERPRINT_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"

namespace seekd {

struct FingerprintParts {
  std::vector<std::span<const uint8_t>> weights;  // the bytes of each file
  std::span<const uint8_t> tokenizer;             // the file's bytes
  std::string unicode_version;                    // "14.0.0"
  uint32_t recipe_version = 0;
  uint32_t dim = 0;
  std::span<const float> probe_rows;  // row-major, dim floats each
  std::string query_prefix;
  std::string passage_prefix;
  uint32_t max_input_tokens = UINT32_MAX;  // UINT32_MAX: no limit
  BertNormalization normalization = {};    // of which the tokenizer's file may say only a part
};

// 32 hexadecimal digits.
std::string ComputeFingerprint(const FingerprintParts& parts);

// The ids of the 16 probe texts, each cut to `max_tokens`.
std::vector<std::vector<TokenId>> ProbeTokens(const Tokenizer& tokenizer, uint32_t max_tokens);

// Rows of the 16 probe texts. Errors of the encoder.
absl::StatusOr<std::vector<float>> EncodeProbes(const Tokenizer& tokenizer, BatchEncoder* encoder);

// The fingerprint of the model folder `dir`, loaded as `spec`, `tokenizer`, `encoder`
// and the mapped `weights`. Errors: those of the encoder and of reading files.
absl::StatusOr<std::string> FingerprintModel(const std::string& dir, const ModelSpec& spec,
                                             const Tokenizer& tokenizer,
                                             std::vector<std::span<const uint8_t>> weights,
                                             BatchEncoder* encoder);

// The same where the rows of the probe texts are known. Errors: those of reading files.
absl::StatusOr<std::string> FingerprintFolder(const std::string& dir, const ModelSpec& spec,
                                              const Tokenizer& tokenizer,
                                              std::vector<std::span<const uint8_t>> weights,
                                              std::span<const float> probe_rows);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_FINGERPRINT_H_
