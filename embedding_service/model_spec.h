// What a model folder says about the model, checked: the family and the sizes an
// encoder is built from, how tokens become a row, and what stands before a text.
// config.json has the sizes; the files of sentence_transformers.h have the rest, and
// where they are absent config.json may. See docs/encoders.md for the accepted settings.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_SPEC_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_SPEC_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "embedding_service/sentence_transformers.h"

namespace seekd {

enum class ModelFamily {
  kStatic,       // one row per token id, their mean (Model2Vec layout)
  kBert,         // BERT-shaped transformer encoder
  kTorchScript,  // a module of the user's (torchscript_spec.h)
  kRemote,       // of an inference server (remote/remote_spec.h)
};

// Its "model_type" in config.json.
std::string_view FamilyName(ModelFamily family);

// Of the feed-forward layers (transformers, activations.py).
enum class Activation {
  kGelu,       // x Phi(x) (Hendrycks and Gimpel 2016)
  kGeluTanh,   // its approximation by tanh: "gelu_new", "gelu_fast", "gelu_pytorch_tanh" ...
  kQuickGelu,  // x sigmoid(1.702 x)
  kRelu,
};

struct ModelSpec {
  ModelFamily family = ModelFamily::kStatic;
  uint32_t dim = 0;
  uint32_t vocab_size = 0;                 // 0: not stated (static only)
  uint32_t max_input_tokens = UINT32_MAX;  // without special tokens
  bool lowercases_input = false;  // before the tokenizer sees it: what an uncased one does anyway
  std::string query_prefix;
  std::string passage_prefix;  // ends a word: see LoadModelSpec

  // BERT only.
  uint32_t layers = 0;
  uint32_t heads = 0;
  uint32_t intermediate = 0;
  uint32_t max_positions = 0;
  uint32_t token_types = 0;
  float layer_norm_eps = 1e-12f;
  Activation activation = Activation::kGelu;
  Pooling pooling = Pooling::kMean;
};

// Reads the files of the model folder `dir`. A prefix for passages has to end with a blank or an
// ASCII punctuation mark, so that its tokens and a text's add up. Errors: NOT_FOUND, DATA_LOSS (not
// JSON), INVALID_ARGUMENT (a setting that is missing, out of range or not
// supported: which, what was found, what is supported).
absl::StatusOr<ModelSpec> LoadModelSpec(const std::string& dir);

// The same from config.json's content and the other files' settings; `where` names config.json in
// errors.
absl::StatusOr<ModelSpec> ParseModelSpec(std::string_view json, const std::string& where,
                                         const SentenceTransformersSettings& settings = {});

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_SPEC_H_
