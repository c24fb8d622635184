// What a model folder's config.json says, checked: the family and the sizes an
// encoder is built from. See docs/encoders.md for the accepted settings.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_SPEC_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_SPEC_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace seekd {

enum class ModelFamily {
  kStatic,  // one row per token id, their mean (Model2Vec layout)
  kBert,    // BERT-shaped transformer encoder
  kRemote,  // of an inference server (remote/remote_spec.h)
};

struct ModelSpec {
  ModelFamily family = ModelFamily::kStatic;
  uint32_t dim = 0;
  uint32_t vocab_size = 0;                 // 0: not stated (static only)
  uint32_t max_input_tokens = UINT32_MAX;  // without special tokens

  // BERT only.
  uint32_t layers = 0;
  uint32_t heads = 0;
  uint32_t intermediate = 0;
  uint32_t max_positions = 0;
  uint32_t token_types = 0;
  float layer_norm_eps = 1e-12f;
};

// Reads `dir`/config.json. Errors: NOT_FOUND, DATA_LOSS (not JSON),
// INVALID_ARGUMENT (a setting that is missing, out of range or not supported:
// which, what was found, what is supported).
absl::StatusOr<ModelSpec> LoadModelSpec(const std::string& dir);

// The same from the file's content; `where` names it in errors.
absl::StatusOr<ModelSpec> ParseModelSpec(std::string_view json, const std::string& where);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_SPEC_H_
