// The rows by which a remote model is known: those of the fingerprint's probe texts, recorded
// once in the model's folder. A server is asked for them again and again, and its answers are
// compared, not hashed: two GPUs, or two batches of one, differ in the last bits.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_PROBE_ROWS_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_PROBE_ROWS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

// <model folder>/probe_rows.json
std::string ProbeRowsPath(const std::string& dir);

// `count` rows of `dim` floats, row-major. NOT_FOUND when there is no file, DATA_LOSS when it
// holds anything else.
absl::StatusOr<std::vector<float>> ReadProbeRows(const std::string& path, uint32_t count,
                                                 uint32_t dim);
absl::Status WriteProbeRows(const std::string& path, std::span<const float> rows, uint32_t dim);

// Of rows computed in other precisions and batches by the same model: fp16 and bf16 stay within
// a thousandth, other models and weights in 8 bits do not.
inline constexpr double kLeastProbeCosine = 0.999;

// Of two vectors; two zero ones are alike (1), a zero one and another are not (0). Not a number
// where a component is not finite.
double Cosine(std::span<const float> a, std::span<const float> b);

// Scales `row` to unit length; a zero one stays. False: a component is not finite.
bool ScaleToUnit(std::span<float> row);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_PROBE_ROWS_H_
