#include "core/codes/code_distances.h"

#include <numeric>
#include <vector>

namespace seekd {

float MeanCodeError(const Codebook& codebook, const VectorSet& vectors) {
  if (vectors.size() == 0) return 0;
  std::vector<uint8_t> codes(size_t{vectors.size()} * codebook.code_bytes());
  const std::vector<float> errors = VectorEncoder(codebook).Encode(vectors, codes.data());
  return static_cast<float>(std::accumulate(errors.begin(), errors.end(), 0.0) / vectors.size());
}

float CodeDistances::Between(uint32_t a, uint32_t b) const {
  const uint8_t* code_a = codes_.data() + size_t{a} * codebook_.code_bytes();
  const uint8_t* code_b = codes_.data() + size_t{b} * codebook_.code_bytes();
  float sum = both_errors_;
  for (uint32_t s = 0; s < codebook_.subspaces; ++s) {
    const float* from = codebook_.centroid(s, code_a[s]);
    const float* to = codebook_.centroid(s, code_b[s]);
    for (uint32_t d = 0; d < codebook_.dims(s); ++d) sum += (from[d] - to[d]) * (from[d] - to[d]);
  }
  return sum;
}

}  // namespace seekd
