// The centroids of one subspace, laid out dimension after dimension, so that one
// vector instruction serves many centroids.
#ifndef SEEKD_CORE_CODES_SUBSPACE_QUANTIZER_H_
#define SEEKD_CORE_CODES_SUBSPACE_QUANTIZER_H_

#include <cstdint>
#include <vector>

#include "core/codes/codes.h"

namespace seekd {

class SubspaceQuantizer {
 public:
  // `values`: centroid after centroid. REQUIRES: 1 <= centroids <= 256.
  SubspaceQuantizer(const float* values, uint32_t dims, uint32_t centroids);

  uint32_t centroids() const { return centroids_; }
  // Squared distances of `row` (dims values) to every centroid.
  void Distances(const float* row, float* out) const;
  // The nearest centroid, the first of equals.
  uint32_t Nearest(const float* row, float* distance) const;

 private:
  uint32_t dims_;
  uint32_t centroids_;
  std::vector<float> transposed_;
};

// One per subspace of a codebook.
std::vector<SubspaceQuantizer> MakeQuantizers(const Codebook& codebook);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_SUBSPACE_QUANTIZER_H_
