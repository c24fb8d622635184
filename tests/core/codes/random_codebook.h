#ifndef SEEKD_TESTS_CORE_CODES_RANDOM_CODEBOOK_H_
#define SEEKD_TESTS_CORE_CODES_RANDOM_CODEBOOK_H_

#include <cstdint>
#include <random>
#include <vector>

#include "core/codes/codes.h"
#include "core/vector/half.h"

namespace seekd::testing {

// Values that fp16 holds exactly.
inline Codebook RandomCodebook(uint32_t dim, uint32_t stages, uint32_t subspaces,
                               uint32_t centroids, uint64_t seed) {
  std::mt19937_64 random(seed);
  Codebook codebook{.dim = dim,
                    .stages = stages,
                    .subspaces = subspaces,
                    .centroids = centroids,
                    .values = {},
                    .min_scale = 0.5F,
                    .scale_step = 1.0F / 256};
  for (uint64_t i = 0; i < (uint64_t{stages} + 1) * dim * centroids; ++i) {
    const double value = static_cast<double>(random() % 20'001) / 10'000 - 1;
    codebook.values.push_back(HalfToFloat(FloatToHalf(static_cast<float>(value))));
  }
  return codebook;
}

inline std::vector<uint8_t> RandomCodes(const Codebook& codebook, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> codes(count * codebook.code_bytes());
  for (size_t i = 0; i < codes.size(); ++i) {
    const bool scale = i % codebook.code_bytes() == codebook.code_bytes() - 1;
    codes[i] = static_cast<uint8_t>(random() % (scale ? 256 : codebook.centroids));
  }
  return codes;
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_CORE_CODES_RANDOM_CODEBOOK_H_
