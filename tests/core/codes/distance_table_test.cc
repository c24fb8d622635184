#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/codes/codes.h"
#include "tests/core/codes/random_codebook.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

// The code's centroids added up, their inner product with the query, and the scale: in double.
double ReferenceDistance(const Codebook& codebook, const float* query, const uint8_t* code) {
  std::vector<double> sum(codebook.dim, 0.0);
  for (uint32_t stage = 0; stage < codebook.stages; ++stage) {
    for (uint32_t d = 0; d < codebook.dim; ++d) {
      sum[d] +=
          codebook.values[(size_t{stage} * codebook.centroids + code[stage]) * codebook.dim + d];
    }
  }
  const float* product =
      codebook.values.data() + size_t{codebook.stages} * codebook.centroids * codebook.dim;
  for (uint32_t s = 0; s < codebook.subspaces; ++s) {
    const uint32_t begin = codebook.begin(s);
    const uint32_t dims = codebook.begin(s + 1) - begin;
    for (uint32_t d = 0; d < dims; ++d) {
      sum[begin + d] += product[size_t{begin} * codebook.centroids +
                                size_t{code[codebook.stages + s]} * dims + d];
    }
  }
  double inner = 0;
  for (uint32_t d = 0; d < codebook.dim; ++d) inner += query[d] * sum[d];
  const double scale =
      codebook.min_scale + double{codebook.scale_step} * code[codebook.code_bytes() - 1];
  return 2 - 2 * scale * inner;
}

CATCH_TEST_CASE("table distances are those of the decoded directions, alone or in blocks") {
  for (const uint32_t stages : {0U, 1U, 3U}) {
    for (const uint32_t subspaces : {1U, 8U, 9U, 31U, 48U}) {
      for (const uint32_t centroids : {3U, 256U}) {
        const Codebook codebook =
            testing::RandomCodebook(48, stages, subspaces, centroids, subspaces);
        const std::vector<uint8_t> codes = testing::RandomCodes(codebook, 203, 7);
        const VectorSet query = testing::ClusteredVectors(1, 48, 1, subspaces);
        const DistanceTable table(codebook, query.values);
        std::vector<float> block(204, -1.0F);
        table.DistanceBlock(codes.data(), 203, block.data());
        for (size_t i = 0; i < 203; ++i) {
          const uint8_t* code = codes.data() + i * codebook.code_bytes();
          const double reference = ReferenceDistance(codebook, query.row(0), code);
          CATCH_REQUIRE(std::abs(block[i] - reference) <= 1e-4 * (1 + std::abs(reference)));
          CATCH_REQUIRE(block[i] == table.Distance(code));
        }
        CATCH_REQUIRE(block[203] == -1.0F);
      }
    }
  }
}

CATCH_TEST_CASE("rough distances are those of a code whose later bytes say nothing") {
  for (const uint32_t stages : {0U, 1U, 6U}) {
    const Codebook codebook = testing::RandomCodebook(48, stages, 15 - stages, 256, 5);
    const std::vector<uint8_t> codes = testing::RandomCodes(codebook, 203, 7);
    const VectorSet query = testing::ClusteredVectors(1, 48, 1, 2);
    std::vector<float> rough(204, -1.0F);
    DistanceTable(codebook, query.values).RoughDistanceBlock(codes.data(), 203, rough.data());
    const uint32_t known = std::max(stages, 15 / kRoughShare);
    const uint32_t known_dims = codebook.begin(known - stages);
    Codebook silent = codebook;
    const size_t first_silent = (size_t{stages} * codebook.dim + known_dims) * codebook.centroids;
    std::fill(silent.values.begin() + static_cast<std::ptrdiff_t>(first_silent),
              silent.values.end(), 0.0F);
    for (size_t i = 0; i < 203; ++i) {
      const double reference =
          ReferenceDistance(silent, query.row(0), codes.data() + i * codebook.code_bytes());
      CATCH_REQUIRE(std::abs(rough[i] - reference) <= 1e-4 * (1 + std::abs(reference)));
    }
    CATCH_CHECK(rough[203] == -1.0F);
  }
}

CATCH_TEST_CASE("a byte that names no centroid is infinitely far") {
  const Codebook codebook = testing::RandomCodebook(16, 2, 8, 5, 1);
  const VectorSet query = testing::ClusteredVectors(1, 16, 1, 1);
  const DistanceTable table(codebook, query.values);
  for (uint32_t s = 0; s < 10; ++s) {
    std::vector<uint8_t> code(11, 4);
    code.back() = 255;
    CATCH_CHECK(std::isfinite(table.Distance(code.data())));
    code[s] = 5;
    CATCH_CHECK(table.Distance(code.data()) == INFINITY);
  }
}

}  // namespace
}  // namespace seekd
