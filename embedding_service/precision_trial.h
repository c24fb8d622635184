// Times a transformer's encoders of one device, and compares their rows with exact ones.
#ifndef SEEKD_EMBEDDING_SERVICE_PRECISION_TRIAL_H_
#define SEEKD_EMBEDDING_SERVICE_PRECISION_TRIAL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "embedding_service/encoder.h"
#include "embedding_service/precision.h"

namespace seekd {

using MakeEncoderIn = std::function<absl::StatusOr<std::unique_ptr<BatchEncoder>>(Precision)>;

// The least cosine between two sets of `dim`-dimensional rows; `exact` are unit or zero rows, and
// the zero ones do not count. 0 where a component is no number.
double LeastCosine(std::span<const float> exact, std::span<const float> rows, uint32_t dim);

// One after another the encoders of `precisions`, fp32 first, on `timed_inputs` inputs as long as
// chunks, and on the probe texts, whose exact rows are `exact`. A precision but fp32 that fails is
// one that is slow and far off. Takes seconds. Errors: those of the encoder in fp32.
absl::StatusOr<std::vector<PrecisionTiming>> MeasurePrecisionsOf(
    std::span<const Precision> precisions, const MakeEncoderIn& make, const Tokenizer& tokenizer,
    std::span<const float> exact, size_t timed_inputs);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_PRECISION_TRIAL_H_
