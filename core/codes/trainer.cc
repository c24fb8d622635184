#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/codes/kmeans.h"
#include "core/codes/subspace_quantizer.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// k-means of a part of the rows, rounded to fp16: `dims` dimensions from `begin` on. Written
// to `out`.
absl::Status TrainCentroids(const VectorSet& rows, uint32_t begin, uint32_t dims,
                            const KMeansOptions& options, float* out) {
  std::vector<float> points;
  points.reserve(size_t{rows.size()} * dims);
  for (uint32_t row = 0; row < rows.size(); ++row) {
    const float* first = rows.row(row) + begin;
    points.insert(points.end(), first, first + dims);
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<float> centroids, KMeans(points, dims, options));
  FromHalf(ToHalf(centroids), out);
  return absl::OkStatus();
}

// Takes off every row the centroid nearest to it.
absl::Status TakeOff(const float* centroids, uint32_t count, const ParallelForOptions& threads,
                     VectorSet* rows) {
  const SubspaceQuantizer quantizer(centroids, rows->dim, count);
  return ParallelFor(rows->size(), threads, [&](uint32_t, uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; ++i) {
      float* row = rows->values.data() + i * rows->dim;
      const float* centroid = quantizer.centroid(quantizer.Nearest(row));
      for (uint32_t d = 0; d < rows->dim; ++d) row[d] -= centroid[d];
    }
  });
}

// The range of scales that the sample needs. A sum of centroids much shorter than its vector says
// next to nothing, and would make the steps of all others coarse.
constexpr float kMaxScaleRange = 4;

void FitScales(const VectorSet& sample, Codebook* codebook) {
  float least = std::numeric_limits<float>::infinity();
  float most = 0;
  std::vector<uint8_t> codes(size_t{sample.size()} * codebook->code_bytes());
  VectorEncoder(*codebook).Encode(sample, codes.data());
  std::vector<float> decoded(sample.dim);  // by the scale 1 of a codebook without range
  for (uint32_t row = 0; row < sample.size(); ++row) {
    codebook->Decode(codes.data() + size_t{row} * codebook->code_bytes(), decoded.data());
    const float norm = std::sqrt(InnerProduct(decoded.data(), decoded.data(), sample.dim));
    if (!(norm > 0)) continue;
    least = std::min(least, 1 / norm);
    most = std::max(most, 1 / norm);
  }
  if (most == 0) return;  // all zero
  codebook->min_scale = least;
  codebook->scale_step = (std::min(most, kMaxScaleRange * least) - least) / 255;
}

}  // namespace

absl::Status CodeTrainingOptions::Validate(uint32_t dim) const {
  if (stages > kMaxStages) {
    return absl::InvalidArgumentError(
        absl::StrCat("stages must be in [0, ", kMaxStages, "], got ", stages));
  }
  if (code_bytes < stages + 2 || code_bytes > stages + dim + 1) {
    return absl::InvalidArgumentError(absl::StrCat("code_bytes must be in [", stages + 2, ", ",
                                                   stages + dim + 1, "], got ", code_bytes));
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
  ABSL_ASSIGN_OR_RETURN(
      std::vector<Codebook> codebooks,
      TrainCodebooks(sample, options, std::span(&options.code_bytes, 1), cancellation));
  return std::move(codebooks[0]);
}

absl::StatusOr<std::vector<Codebook>> TrainCodebooks(const VectorSet& sample,
                                                     const CodeTrainingOptions& options,
                                                     std::span<const uint32_t> code_bytes,
                                                     const CancellationPtr& cancellation) {
  CodeTrainingOptions each = options;
  for (const uint32_t length : code_bytes) {
    each.code_bytes = length;
    ABSL_RETURN_IF_ERROR(each.Validate(sample.dim));
  }
  Codebook stages{.dim = sample.dim, .stages = options.stages};
  stages.centroids =
      static_cast<uint32_t>(std::clamp<size_t>(sample.size(), 1, options.max_centroids));
  const size_t table_values = size_t{stages.dim} * stages.centroids;
  stages.values.assign((stages.stages + 1) * table_values, 0.0F);
  // Every table begins with rows of its own: those that another began with lie next to its
  // centroids, and what is left of them is like that of no other row.
  KMeansOptions kmeans{stages.centroids, options.iterations, options.seed};
  const ParallelForOptions threads{
      .threads = options.threads, .grain = 1, .cancellation = cancellation};
  VectorSet residual = sample;
  for (uint32_t stage = 0; stage < stages.stages && sample.size() > 0; ++stage) {
    float* const centroids = stages.values.data() + stage * table_values;
    ABSL_RETURN_IF_ERROR(TrainCentroids(residual, 0, stages.dim, kmeans, centroids));
    ABSL_RETURN_IF_ERROR(TakeOff(centroids, stages.centroids, threads, &residual));
    ++kmeans.seed;
  }
  std::vector<Codebook> codebooks;
  for (const uint32_t length : code_bytes) {
    Codebook& codebook = codebooks.emplace_back(stages);
    codebook.subspaces = length - stages.stages - 1;
    if (sample.size() == 0) continue;
    float* const product = codebook.values.data() + codebook.stages * table_values;
    ABSL_RETURN_IF_ERROR(
        TryParallelFor(codebook.subspaces, threads, [&](uint32_t, uint64_t subspace, uint64_t) {
          const auto s = static_cast<uint32_t>(subspace);
          return TrainCentroids(residual, codebook.begin(s), codebook.dims(s), kmeans,
                                product + size_t{codebook.begin(s)} * codebook.centroids);
        }));
    FitScales(sample, &codebook);
  }
  return codebooks;
}

}  // namespace seekd
