#include <cmath>
#include <vector>

#include "core/codes/codes.h"
#include "core/vector/distance.h"
#include "tests/core/codes/random_codebook.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("subspaces cover the dimensions, their sizes differ by at most one") {
  for (uint32_t dim = 1; dim <= 70; ++dim) {
    for (uint32_t subspaces = 1; subspaces <= dim; ++subspaces) {
      const Codebook codebook{.dim = dim, .subspaces = subspaces, .values = {}};
      CATCH_REQUIRE(codebook.begin(0) == 0);
      CATCH_REQUIRE(codebook.begin(subspaces) == dim);
      for (uint32_t s = 0; s < subspaces; ++s) {
        const uint32_t size = codebook.begin(s + 1) - codebook.begin(s);
        CATCH_REQUIRE((size == dim / subspaces || size == dim / subspaces + 1));
      }
    }
  }
}

// Takes byte after byte off `left`, and fails when another centroid would have left less.
void CheckBytes(const Codebook& codebook, const uint8_t* code, std::vector<float>* left) {
  const auto check = [&](float* part, uint32_t dims, const float* first, uint8_t chosen) {
    const float least = SquaredDistance(part, first + size_t{chosen} * dims, dims);
    for (uint32_t c = 0; c < codebook.centroids; ++c) {
      CATCH_REQUIRE(least <= SquaredDistance(part, first + size_t{c} * dims, dims) + 1e-4F);
    }
    for (uint32_t d = 0; d < dims; ++d) part[d] -= first[size_t{chosen} * dims + d];
  };
  for (uint32_t stage = 0; stage < codebook.stages; ++stage) {
    check(left->data(), codebook.dim, codebook.stage_centroid(stage, 0), code[stage]);
  }
  for (uint32_t s = 0; s < codebook.subspaces; ++s) {
    check(left->data() + codebook.begin(s), codebook.dims(s), codebook.centroid(s, 0),
          code[codebook.stages + s]);
  }
}

CATCH_TEST_CASE("each byte names a centroid that no other undercuts; what is left is reported") {
  const VectorSet vectors = testing::ClusteredVectors(300, 30, 10, 1);
  for (const uint32_t stages : {0U, 1U, 2U}) {
    for (const uint32_t subspaces : {8U, 9U, 30U}) {
      const Codebook codebook = testing::RandomCodebook(30, stages, subspaces, 40, subspaces);
      const std::vector<uint8_t> codes = *EncodeRows(codebook, VectorRows(&vectors), 3, nullptr);
      CATCH_REQUIRE(codes.size() == size_t{300} * codebook.code_bytes());
      std::vector<uint8_t> again(codes.size());
      const std::vector<float> errors = VectorEncoder(codebook).Encode(vectors, again.data());
      CATCH_CHECK(codes == again);
      for (uint32_t i = 0; i < 300; ++i) {
        std::vector<float> left(vectors.row(i), vectors.row(i) + 30);
        CheckBytes(codebook, codes.data() + size_t{i} * codebook.code_bytes(), &left);
        CATCH_REQUIRE(std::abs(errors[i] - InnerProduct(left.data(), left.data(), 30)) < 1e-4F);
      }
    }
  }
}

CATCH_TEST_CASE("the scale makes a unit vector of the sum, as far as it reaches") {
  const VectorSet vectors = testing::ClusteredVectors(500, 24, 10, 3);
  const Codebook codebook = *TrainCodebook(vectors, {.code_bytes = 8, .stages = 1}, nullptr);
  const std::vector<uint8_t> codes = *EncodeRows(codebook, VectorRows(&vectors), 1, nullptr);
  std::vector<float> decoded(24);
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    codebook.Decode(codes.data() + size_t{i} * codebook.code_bytes(), decoded.data());
    const float norm = std::sqrt(InnerProduct(decoded.data(), decoded.data(), 24));
    CATCH_REQUIRE(std::abs(norm - 1) < codebook.scale_step);
  }
}

CATCH_TEST_CASE("a table's distance is that of what the code decodes to") {
  const VectorSet vectors = testing::ClusteredVectors(200, 24, 10, 4);
  const Codebook codebook = *TrainCodebook(vectors, {.code_bytes = 9, .stages = 2}, nullptr);
  const std::vector<uint8_t> codes = *EncodeRows(codebook, VectorRows(&vectors), 1, nullptr);
  const DistanceTable table(codebook, {vectors.row(7), 24});
  std::vector<float> decoded(24);
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    const uint8_t* code = codes.data() + size_t{i} * codebook.code_bytes();
    codebook.Decode(code, decoded.data());
    const float expected = 2 - 2 * InnerProduct(vectors.row(7), decoded.data(), 24);
    CATCH_REQUIRE(std::abs(table.Distance(code) - expected) < 1e-4F);
  }
}

CATCH_TEST_CASE("no vectors, no codes") {
  const Codebook codebook = testing::RandomCodebook(16, 1, 8, 1, 1);
  const VectorSet none{.dim = 16, .values = {}};
  CATCH_CHECK(EncodeRows(codebook, VectorRows(&none), 2, nullptr)->empty());
}

}  // namespace
}  // namespace seekd
