#include "core/codes/subspace_quantizer.h"

#include <cmath>
#include <limits>
#include <random>

#include "tests/core/codes/random_codebook.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("the nearest centroid is the one a plain loop finds") {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (const uint32_t dims : {1U, 3U, 6U, 7U, 32U}) {
    for (const uint32_t centroids : {1U, 2U, 15U, 17U, 255U, 256U}) {
      const Codebook codebook = testing::RandomCodebook(dims, 0, 1, centroids, dims + centroids);
      const SubspaceQuantizer quantizer(codebook.values.data(), dims, centroids);
      for (int round = 0; round < 50; ++round) {
        std::vector<float> row(dims);
        for (float& value : row) value = normal(random);
        double best = std::numeric_limits<double>::infinity();
        for (uint32_t c = 0; c < centroids; ++c) {
          double sum = 0;
          for (uint32_t d = 0; d < dims; ++d) {
            const double difference = double{row[d]} - codebook.values[c * dims + d];
            sum += difference * difference;
          }
          best = std::min(best, sum);
        }
        float distance = 0;
        CATCH_REQUIRE(quantizer.Nearest(row.data(), &distance) < centroids);
        CATCH_REQUIRE(std::abs(distance - best) <= 1e-4 * (1 + best));
      }
    }
  }
}

CATCH_TEST_CASE("of equal centroids the first wins") {
  const std::vector<float> values = {3, 1, 5, 1, 1};
  const SubspaceQuantizer quantizer(values.data(), 1, 5);
  const float row = 0.5F;
  float distance = 0;
  CATCH_CHECK(quantizer.Nearest(&row, &distance) == 1);
  CATCH_CHECK(distance == 0.25F);
}

CATCH_TEST_CASE("a value that is no number still names a centroid") {
  const std::vector<float> values = {3, 1};
  const SubspaceQuantizer quantizer(values.data(), 1, 2);
  const float row = NAN;
  float distance = 0;
  CATCH_CHECK(quantizer.Nearest(&row, &distance) < 2);
}

}  // namespace
}  // namespace seekd
