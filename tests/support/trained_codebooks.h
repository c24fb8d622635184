// A model's codebooks for tests, trained on rows without structure.
#ifndef SEEKD_TESTS_SUPPORT_TRAINED_CODEBOOKS_H_
#define SEEKD_TESTS_SUPPORT_TRAINED_CODEBOOKS_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/codes/shared_codebooks.h"
#include "core/vector/distance.h"

namespace seekd::testing {

// Written to `path` for codes of 8, 12 and 20 bytes. Aborts the test when that fails. REQUIRES:
// dim >= 15.
inline std::shared_ptr<const SharedCodebooks> TrainedCodebooks(const std::string& path,
                                                               uint32_t dim, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  VectorSet sample{dim, std::vector<float>(size_t{400} * dim)};
  for (float& value : sample.values) value = normal(random);
  for (uint32_t i = 0; i < 400; ++i) NormalizeInPlace(sample.values.data() + i * dim, dim);
  CodeTrainingOptions options;
  options.stages = 4;
  options.iterations = 2;
  const std::vector<uint32_t> lengths = {8, 12, 20};
  const auto trained = TrainCodebooks(sample, options, lengths, nullptr);
  if (!trained.ok() || !WriteSharedCodebooks(path, *trained).ok()) std::abort();
  return SharedCodebooks::Open(path).value();
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_TRAINED_CODEBOOKS_H_
