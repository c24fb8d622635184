#ifndef SEEKD_TESTS_CORE_CODES_RANDOM_CODEBOOK_H_
#define SEEKD_TESTS_CORE_CODES_RANDOM_CODEBOOK_H_

#include <cstdint>
#include <random>
#include <vector>

#include "core/codes/codes.h"
#include "core/vector/half.h"

namespace seekd::testing {

// Values that fp16 holds exactly.
inline Codebook RandomCodebook(uint32_t dim, uint32_t code_bytes, uint32_t centroids,
                               uint64_t seed) {
  std::mt19937_64 random(seed);
  Codebook codebook{.dim = dim, .code_bytes = code_bytes, .centroids = centroids, .values = {}};
  for (uint64_t i = 0; i < uint64_t{dim} * centroids; ++i) {
    const double value = static_cast<double>(random() % 20'001) / 10'000 - 1;
    codebook.values.push_back(HalfToFloat(FloatToHalf(static_cast<float>(value))));
  }
  return codebook;
}

inline std::vector<uint8_t> RandomCodes(const Codebook& codebook, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> codes(count * codebook.code_bytes);
  for (uint8_t& byte : codes) byte = static_cast<uint8_t>(random() % codebook.centroids);
  return codes;
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_CORE_CODES_RANDOM_CODEBOOK_H_
