#include <cmath>
#include <vector>

#include "core/codes/codes.h"
#include "tests/core/codes/random_codebook.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// The code's centroids put together, compared with the query in double.
double ReferenceDistance(const Codebook& codebook, const float* query, const uint8_t* code) {
  double sum = 0;
  for (uint32_t s = 0; s < codebook.code_bytes; ++s) {
    const uint32_t begin = codebook.begin(s);
    const uint32_t dims = codebook.begin(s + 1) - begin;
    for (uint32_t d = 0; d < dims; ++d) {
      const double difference =
          double{query[begin + d]} -
          codebook.values[size_t{begin} * codebook.centroids + size_t{code[s]} * dims + d];
      sum += difference * difference;
    }
  }
  return sum;
}

CATCH_TEST_CASE("table distances are those of the decoded vectors, alone or in blocks") {
  for (const uint32_t code_bytes : {1U, 8U, 9U, 31U, 40U, 48U}) {
    for (const uint32_t centroids : {3U, 256U}) {
      const Codebook codebook = testing::RandomCodebook(48, code_bytes, centroids, code_bytes);
      const std::vector<uint8_t> codes = testing::RandomCodes(codebook, 203, 7);
      const VectorSet query = testing::ClusteredVectors(1, 48, 1, code_bytes);
      const DistanceTable table(codebook, query.values);
      std::vector<float> block(204, -1.0F);
      table.DistanceBlock(codes.data(), 203, block.data());
      for (size_t i = 0; i < 203; ++i) {
        const uint8_t* code = codes.data() + i * code_bytes;
        const double reference = ReferenceDistance(codebook, query.row(0), code);
        CATCH_REQUIRE(std::abs(block[i] - reference) <= 1e-4 * (1 + reference));
        CATCH_REQUIRE(block[i] == table.Distance(code));
      }
      CATCH_REQUIRE(block[203] == -1.0F);
    }
  }
}

CATCH_TEST_CASE("a byte that names no centroid is infinitely far") {
  const Codebook codebook = testing::RandomCodebook(16, 8, 5, 1);
  const VectorSet query = testing::ClusteredVectors(1, 16, 1, 1);
  const DistanceTable table(codebook, query.values);
  for (uint32_t s = 0; s < 8; ++s) {
    std::vector<uint8_t> code(8, 4);
    CATCH_CHECK(std::isfinite(table.Distance(code.data())));
    code[s] = 5;
    CATCH_CHECK(std::isinf(table.Distance(code.data())));
  }
}

}  // namespace
}  // namespace seekd
