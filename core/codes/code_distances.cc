#include "core/codes/code_distances.h"

#include <vector>

#include "core/vector/distance.h"

namespace seekd {

float MeanCodeError(const Codebook& codebook, const VectorSet& vectors) {
  if (vectors.size() == 0) return 0;
  std::vector<uint8_t> codes(size_t{vectors.size()} * codebook.code_bytes);
  VectorEncoder(codebook).Encode(vectors, codes.data());
  double sum = 0;
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    for (uint32_t s = 0; s < codebook.code_bytes; ++s) {
      const uint8_t code = codes[size_t{i} * codebook.code_bytes + s];
      sum += SquaredDistance(vectors.row(i) + codebook.begin(s), codebook.centroid(s, code),
                             codebook.dims(s));
    }
  }
  return static_cast<float>(sum / vectors.size());
}

float CodeDistances::Between(uint32_t a, uint32_t b) const {
  const uint8_t* code_a = codes_.data() + size_t{a} * codebook_.code_bytes;
  const uint8_t* code_b = codes_.data() + size_t{b} * codebook_.code_bytes;
  float sum = both_errors_;
  for (uint32_t s = 0; s < codebook_.code_bytes; ++s) {
    const float* from = codebook_.centroid(s, code_a[s]);
    const float* to = codebook_.centroid(s, code_b[s]);
    for (uint32_t d = 0; d < codebook_.dims(s); ++d) sum += (from[d] - to[d]) * (from[d] - to[d]);
  }
  return sum;
}

}  // namespace seekd
