// The centroids of one byte of a code, laid out dimension after dimension, so that one
// vector instruction serves many centroids.
#ifndef SEEKD_CORE_CODES_SUBSPACE_QUANTIZER_H_
#define SEEKD_CORE_CODES_SUBSPACE_QUANTIZER_H_

#include <cstdint>
#include <vector>

#include "core/codes/codes.h"

namespace seekd {

class SubspaceQuantizer {
 public:
  // `values`: centroid after centroid; they outlive it. REQUIRES: 1 <= centroids <= 256.
  SubspaceQuantizer(const float* values, uint32_t dims, uint32_t centroids);

  uint32_t dims() const { return dims_; }
  const float* centroid(uint32_t c) const { return values_ + size_t{c} * dims_; }
  // The nearest centroid to `row` (dims values), the first of equals, and its squared
  // distance where `distance` is not null.
  uint32_t Nearest(const float* row, float* distance = nullptr) const;

 private:
  const float* values_;
  uint32_t dims_;
  uint32_t centroids_;
  std::vector<float> transposed_;
};

// One per byte of a code but the last: stages, then subspaces.
std::vector<SubspaceQuantizer> MakeQuantizers(const Codebook& codebook);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_SUBSPACE_QUANTIZER_H_
