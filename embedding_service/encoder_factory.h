// From a model folder to an encoder: the only place that knows all families.
#ifndef SEEKD_EMBEDDING_SERVICE_ENCODER_FACTORY_H_
#define SEEKD_EMBEDDING_SERVICE_ENCODER_FACTORY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/codes/shared_codebooks.h"
#include "core/text/tokenizer.h"
#include "embedding_service/device.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/precision.h"

namespace seekd {

struct LoadOptions {
  // Of one batch; 0: one for a token table, whose batches take a millisecond, and all of
  // the machine's for a transformer.
  int threads = 0;
  // Of a transformer; what none means: see ChooseEncoder (transformer_loader.h).
  std::optional<Device> device;
  std::optional<Precision> precision;
  std::string precision_profile;  // a file; "": none, and fp32 where no precision is given
  WarnFn warn;                    // also later, while the encoder lives
};

struct LoadedModel {
  ModelSpec spec;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<BatchEncoder> encoder;
  std::string fingerprint;                           // see fingerprint.h
  std::shared_ptr<const SharedCodebooks> codebooks;  // null: the folder has no codebooks.bin
  std::string remote;  // where text is sent, see ModelInfo; "": nowhere
  // Of the weights, about: a table's file, a transformer's components in fp32. 0: a remote model.
  uint64_t memory_bytes = 0;
};

// Reads the spec, the tokenizer, the weights and, if it is there, codebooks.bin of `dir`; for a
// remote model its recorded probe rows instead of weights (see RemoteEncoder::Create). Errors:
// NOT_FOUND, INVALID_ARGUMENT (not supported, or the files disagree), FAILED_PRECONDITION (no such
// device), DATA_LOSS, INTERNAL, UNIMPLEMENTED (built without remote models).
absl::StatusOr<LoadedModel> LoadModel(const std::string& dir, const LoadOptions& options);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_ENCODER_FACTORY_H_
