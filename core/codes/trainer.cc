#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/codes/kmeans.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// Fills the subspace's part of codebook->values.
absl::Status TrainSubspace(const VectorSet& sample, uint32_t s, const CodeTrainingOptions& options,
                           Codebook* codebook) {
  const uint32_t begin = codebook->begin(s);
  const uint32_t dims = codebook->dims(s);
  std::vector<float> points;
  points.reserve(size_t{sample.size()} * dims);
  for (uint32_t row = 0; row < sample.size(); ++row) {
    const float* first = sample.row(row) + begin;
    points.insert(points.end(), first, first + dims);
  }
  ABSL_ASSIGN_OR_RETURN(
      const std::vector<float> centroids,
      KMeans(points, dims, {codebook->centroids, options.iterations, options.seed}));
  FromHalf(ToHalf(centroids), codebook->values.data() + size_t{begin} * codebook->centroids);
  return absl::OkStatus();
}

}  // namespace

absl::Status CodeTrainingOptions::Validate(uint32_t dim) const {
  if (code_bytes < 1 || code_bytes > dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("code_bytes must be in [1, ", dim, "], got ", code_bytes));
  }
  if (max_centroids < 1 || max_centroids > kMaxCentroids) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_centroids must be in [1, 256], got ", max_centroids));
  }
  if (iterations < 1 || iterations > 1000) {
    return absl::InvalidArgumentError(
        absl::StrCat("iterations must be in [1, 1000], got ", iterations));
  }
  return absl::OkStatus();
}

absl::StatusOr<Codebook> TrainCodebook(const VectorSet& sample, const CodeTrainingOptions& options,
                                       const CancellationPtr& cancellation) {
  ABSL_RETURN_IF_ERROR(options.Validate(sample.dim));
  Codebook codebook{.dim = sample.dim, .code_bytes = options.code_bytes};
  codebook.centroids =
      static_cast<uint32_t>(std::clamp<size_t>(sample.size(), 1, options.max_centroids));
  codebook.values.assign(size_t{codebook.dim} * codebook.centroids, 0.0F);
  if (sample.size() == 0) return codebook;
  ABSL_RETURN_IF_ERROR(TryParallelFor(
      codebook.code_bytes, {.threads = options.threads, .grain = 1, .cancellation = cancellation},
      [&](uint32_t, uint64_t s, uint64_t) {
        return TrainSubspace(sample, static_cast<uint32_t>(s), options, &codebook);
      }));
  return codebook;
}

}  // namespace seekd
