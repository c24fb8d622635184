// Which encoder serves a transformer: on which device and in which precision. What it is called
// with is loaded already, on the CPU and in fp32: that is what the others are compared with.
#ifndef SEEKD_EMBEDDING_SERVICE_TRANSFORMER_LOADER_H_
#define SEEKD_EMBEDDING_SERVICE_TRANSFORMER_LOADER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "embedding_service/device.h"
#include "embedding_service/encoder.h"
#include "embedding_service/model_spec.h"
#include "embedding_service/model_weights.h"
#include "embedding_service/precision.h"
#include "embedding_service/token_block.h"

namespace seekd {

struct TransformerParts {
  ModelSpec spec;
  SpecialTokens special;
  const Tokenizer* tokenizer = nullptr;  // of the probe texts; no encoder keeps it
  std::shared_ptr<const ModelWeights> weights;
  std::string fingerprint;
  int threads = 1;
};

struct TransformerChoice {
  std::optional<Device> device;        // none: the best there is, see below
  std::optional<Precision> precision;  // none: as the profile tells
  std::string precision_profile;       // a file; "": fp32 where no precision is given
  WarnFn warn;
};

// On the CPU, in one precision.
absl::StatusOr<std::unique_ptr<BatchEncoder>> CpuEncoder(const TransformerParts& parts,
                                                         Precision precision);

// Without a device: the first that the library finds, has the precision, and gives the rows of
// `exact`; else, with a warning unless none was found, the CPU, which also takes over when that
// device fails later. Without a precision: the fastest near enough, measured if the profile has no
// figures for this model and device. `exact` is CpuEncoder(parts, kFp32), which is used up.
// Errors: FAILED_PRECONDITION (the named device is not there, fails, or gives other rows: what was
// found), INVALID_ARGUMENT (it does not compute in the precision), those of the encoders.
absl::StatusOr<std::unique_ptr<BatchEncoder>> ChooseEncoder(const TransformerParts& parts,
                                                            const TransformerChoice& choice,
                                                            std::unique_ptr<BatchEncoder> exact);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_TRANSFORMER_LOADER_H_
