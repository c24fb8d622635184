// The embeddings of a build: row-major fp32, unit length (or zero), so that
// squared Euclidean distance orders as cosine does and the RNG rule has a metric.
// Held only while a generation is built.
#ifndef SEEKD_CORE_VECTOR_VECTOR_SET_H_
#define SEEKD_CORE_VECTOR_VECTOR_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace seekd {

struct VectorSet {
  uint32_t dim = 0;
  std::vector<float> values;  // size() * dim

  uint32_t size() const { return dim == 0 ? 0 : static_cast<uint32_t>(values.size() / dim); }
  const float* row(uint32_t i) const { return values.data() + static_cast<size_t>(i) * dim; }
};

}  // namespace seekd

#endif  // SEEKD_CORE_VECTOR_VECTOR_SET_H_
