// Seeded unit vectors for the tests of graphs and codes.
#ifndef SEEKD_TESTS_CORE_VECTOR_RANDOM_VECTORS_H_
#define SEEKD_TESTS_CORE_VECTOR_RANDOM_VECTORS_H_

#include <cstdint>
#include <random>
#include <vector>

#include "core/vector/distance.h"
#include "core/vector/vector_set.h"

namespace seekd::testing {

inline void AppendNormalized(std::vector<float> row, VectorSet* set) {
  NormalizeInPlace(row.data(), row.size());
  set->values.insert(set->values.end(), row.begin(), row.end());
}

// `count` rows around `clusters` random centres; `spread` is the noise's size
// against the centre's.
inline VectorSet ClusteredVectors(uint32_t count, uint32_t dim, uint32_t clusters, uint64_t seed,
                                  float spread = 0.7F) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> centres(size_t{clusters} * dim);
  for (float& value : centres) value = normal(random);
  VectorSet set{.dim = dim, .values = {}};
  for (uint32_t i = 0; i < count; ++i) {
    const size_t centre = (random() % clusters) * dim;
    std::vector<float> row(dim);
    for (uint32_t d = 0; d < dim; ++d) row[d] = centres[centre + d] + spread * normal(random);
    AppendNormalized(row, &set);
  }
  return set;
}

// Removes the last `count` rows and returns them: queries of the same kind.
inline VectorSet TakeLast(uint32_t count, VectorSet* set) {
  const size_t rest = set->values.size() - size_t{count} * set->dim;
  VectorSet taken{.dim = set->dim, .values = {}};
  taken.values.assign(set->values.begin() + static_cast<std::ptrdiff_t>(rest), set->values.end());
  set->values.resize(rest);
  return taken;
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_CORE_VECTOR_RANDOM_VECTORS_H_
