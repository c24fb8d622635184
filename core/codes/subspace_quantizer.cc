#include "core/codes/subspace_quantizer.h"

#include <algorithm>

#include "core/codes/codes_format.h"
#include "core/vector/kernel.h"

namespace seekd {
namespace {

SEEKD_KERNEL void TransposedDistances(const float* row, uint32_t dims, const float* transposed,
                                      uint32_t count, float* out) {
  for (uint32_t c = 0; c < count; ++c) out[c] = 0;
  for (uint32_t d = 0; d < dims; ++d) {
    const float value = row[d];
    const float* column = transposed + size_t{d} * count;
#pragma omp simd
    for (uint32_t c = 0; c < count; ++c) {
      const float difference = value - column[c];
      out[c] += difference * difference;
    }
  }
}

SEEKD_KERNEL float Least(const float* values, uint32_t count) {
  float least = values[0];
#pragma omp simd reduction(min : least)
  for (uint32_t i = 0; i < count; ++i) least = values[i] < least ? values[i] : least;
  return least;
}

}  // namespace

SubspaceQuantizer::SubspaceQuantizer(const float* values, uint32_t dims, uint32_t centroids)
    : values_(values), dims_(dims), centroids_(centroids), transposed_(size_t{dims} * centroids) {
  for (uint32_t c = 0; c < centroids; ++c) {
    for (uint32_t d = 0; d < dims; ++d) {
      transposed_[size_t{d} * centroids + c] = values[size_t{c} * dims + d];
    }
  }
}

uint32_t SubspaceQuantizer::Nearest(const float* row, float* distance) const {
  float distances[kMaxCentroids];
  TransposedDistances(row, dims_, transposed_.data(), centroids_, distances);
  const float least = Least(distances, centroids_);
  if (distance != nullptr) *distance = least;
  const float* found = std::find(distances, distances + centroids_, least);
  // Not found when a value is no number: any centroid is as good then.
  return found == distances + centroids_ ? 0 : static_cast<uint32_t>(found - distances);
}

std::vector<SubspaceQuantizer> MakeQuantizers(const Codebook& codebook) {
  std::vector<SubspaceQuantizer> quantizers;
  quantizers.reserve(codebook.code_bytes() - 1);
  for (uint32_t stage = 0; stage < codebook.stages; ++stage) {
    quantizers.emplace_back(codebook.stage_centroid(stage, 0), codebook.dim, codebook.centroids);
  }
  for (uint32_t s = 0; s < codebook.subspaces; ++s) {
    quantizers.emplace_back(codebook.centroid(s, 0), codebook.dims(s), codebook.centroids);
  }
  return quantizers;
}

}  // namespace seekd
