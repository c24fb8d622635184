#include <vector>

#include "core/codes/codes.h"
#include "core/vector/distance.h"
#include "tests/core/codes/random_codebook.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// Squared distance of a part of a row to one centroid, by the codebook's layout.
float PartDistance(const Codebook& codebook, const float* row, uint32_t s, uint32_t centroid) {
  const uint32_t begin = codebook.begin(s);
  const uint32_t dims = codebook.begin(s + 1) - begin;
  const float* values = codebook.values.data() + size_t{begin} * codebook.centroids;
  return SquaredDistance(row + begin, values + size_t{centroid} * dims, dims);
}

CATCH_TEST_CASE("subspaces cover the dimensions, their sizes differ by at most one") {
  for (uint32_t dim = 1; dim <= 70; ++dim) {
    for (uint32_t code_bytes = 1; code_bytes <= dim; ++code_bytes) {
      const Codebook codebook{.dim = dim, .code_bytes = code_bytes, .values = {}};
      CATCH_REQUIRE(codebook.begin(0) == 0);
      CATCH_REQUIRE(codebook.begin(code_bytes) == dim);
      for (uint32_t s = 0; s < code_bytes; ++s) {
        const uint32_t size = codebook.begin(s + 1) - codebook.begin(s);
        CATCH_REQUIRE((size == dim / code_bytes || size == dim / code_bytes + 1));
      }
    }
  }
}

CATCH_TEST_CASE("each byte names a centroid that no other undercuts") {
  const VectorSet vectors = testing::ClusteredVectors(300, 30, 10, 1);
  for (const uint32_t code_bytes : {8U, 9U, 30U}) {
    const Codebook codebook = testing::RandomCodebook(30, code_bytes, 40, code_bytes);
    const std::vector<uint8_t> codes = *EncodeRows(codebook, VectorRows(&vectors), 3, nullptr);
    CATCH_REQUIRE(codes.size() == size_t{300} * code_bytes);
    for (uint32_t i = 0; i < 300; ++i) {
      for (uint32_t s = 0; s < code_bytes; ++s) {
        const float chosen = PartDistance(codebook, vectors.row(i), s, codes[i * code_bytes + s]);
        for (uint32_t c = 0; c < 40; ++c) {
          CATCH_REQUIRE(chosen <= PartDistance(codebook, vectors.row(i), s, c) + 1e-5F);
        }
      }
    }
    CATCH_CHECK(codes == *EncodeRows(codebook, VectorRows(&vectors), 1, nullptr));
  }
}

CATCH_TEST_CASE("no vectors, no codes") {
  const Codebook codebook = testing::RandomCodebook(16, 8, 1, 1);
  const VectorSet none{.dim = 16, .values = {}};
  CATCH_CHECK(EncodeRows(codebook, VectorRows(&none), 2, nullptr)->empty());
}

}  // namespace
}  // namespace seekd
