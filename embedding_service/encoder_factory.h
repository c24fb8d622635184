// From a model folder to an encoder: the only place that knows all families.
#ifndef SEEKD_EMBEDDING_SERVICE_ENCODER_FACTORY_H_
#define SEEKD_EMBEDDING_SERVICE_ENCODER_FACTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"

namespace seekd {

struct LoadedModel {
  ModelSpec spec;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<BatchEncoder> encoder;
  std::string fingerprint;  // see fingerprint.h
  std::string remote;       // where text is sent, see ModelInfo; "": nowhere
};

// Reads config.json, the tokenizer and model.safetensors of `dir`; for a remote model its
// recorded probe rows instead of weights (see RemoteEncoder::Create). `threads`:
// of one batch; 0: one for a token table, whose batches take a millisecond, and
// all of the machine's for a transformer. Errors: NOT_FOUND, INVALID_ARGUMENT
// (not supported, or the files disagree), DATA_LOSS, INTERNAL.
absl::StatusOr<LoadedModel> LoadModel(const std::string& dir, int threads);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_ENCODER_FACTORY_H_
