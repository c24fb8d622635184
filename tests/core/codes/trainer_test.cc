#include <cmath>
#include <memory>
#include <vector>

#include "core/codes/codes.h"
#include "core/vector/distance.h"
#include "core/vector/half.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

Codebook Train(const VectorSet& vectors, const CodeTrainingOptions& options) {
  absl::StatusOr<Codebook> codebook = TrainCodebook(vectors, options, nullptr);
  CATCH_REQUIRE(codebook.ok());
  return *std::move(codebook);
}

// Mean squared distance of vectors and their codes.
double CodingError(const Codebook& codebook, const VectorSet& vectors) {
  const std::vector<uint8_t> codes = *EncodeRows(codebook, VectorRows(&vectors), 1, nullptr);
  double sum = 0;
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    const DistanceTable table(codebook, {vectors.row(i), vectors.dim});
    sum += table.Distance(codes.data() + size_t{i} * codebook.code_bytes);
  }
  return sum / vectors.size();
}

CATCH_TEST_CASE("training fits the data; more bytes and more centroids fit better") {
  const VectorSet vectors = testing::ClusteredVectors(3000, 32, 40, 1);
  const double coarse = CodingError(Train(vectors, {.code_bytes = 8}), vectors);
  const double fine = CodingError(Train(vectors, {.code_bytes = 16}), vectors);
  const double few = CodingError(Train(vectors, {.code_bytes = 8, .max_centroids = 16}), vectors);
  CATCH_CHECK(coarse < 0.25);
  CATCH_CHECK(fine < coarse * 0.6);
  CATCH_CHECK(few > coarse * 1.2);
}

CATCH_TEST_CASE("any number of threads gives the same codebook, in fp16 values") {
  const VectorSet vectors = testing::ClusteredVectors(800, 30, 10, 2);
  const Codebook a = Train(vectors, {.code_bytes = 9, .threads = 1});
  const Codebook b = Train(vectors, {.code_bytes = 9, .threads = 4});
  CATCH_CHECK(a.values == b.values);
  CATCH_CHECK(a.centroids == 256);
  CATCH_REQUIRE(a.values.size() == size_t{30} * 256);
  for (const float value : a.values) {
    CATCH_REQUIRE(HalfToFloat(FloatToHalf(value)) == value);
  }
}

CATCH_TEST_CASE("training follows the seed") {
  const VectorSet vectors = testing::ClusteredVectors(2000, 16, 10, 3);
  const CodeTrainingOptions options{.code_bytes = 8, .seed = 1};
  CodeTrainingOptions other = options;
  other.seed = 2;
  CATCH_CHECK(Train(vectors, options).values == Train(vectors, options).values);
  CATCH_CHECK(Train(vectors, options).values != Train(vectors, other).values);
}

CATCH_TEST_CASE("tiny sets have a centroid per row and are coded without loss") {
  for (const uint32_t rows : {1U, 2U, 3U, 100U, 255U}) {
    const VectorSet vectors = testing::ClusteredVectors(rows, 16, 3, rows);
    const Codebook codebook = Train(vectors, {.code_bytes = 8});
    CATCH_CHECK(codebook.centroids == rows);
    CATCH_CHECK(CodingError(codebook, vectors) < 1e-5);
  }
}

CATCH_TEST_CASE("a set without rows gives one zero centroid") {
  const Codebook codebook = Train({.dim = 16, .values = {}}, {.code_bytes = 8});
  CATCH_CHECK(codebook.centroids == 1);
  CATCH_CHECK(codebook.values == std::vector<float>(16, 0.0F));
}

CATCH_TEST_CASE("equal rows, zero rows") {
  VectorSet vectors{.dim = 16, .values = std::vector<float>(16 * 700, 0.0F)};
  const Codebook codebook = Train(vectors, {.code_bytes = 8});
  for (const float value : codebook.values) CATCH_REQUIRE(std::isfinite(value));
  CATCH_CHECK(CodingError(codebook, vectors) < 1e-5);
}

CATCH_TEST_CASE("a withdrawn training ends as cancelled") {
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  const VectorSet vectors = testing::ClusteredVectors(300, 16, 3, 4);
  CATCH_CHECK(TrainCodebook(vectors, {.code_bytes = 8}, cancellation).status().code() ==
              absl::StatusCode::kCancelled);
}

CATCH_TEST_CASE("training options out of range are named") {
  CATCH_CHECK(CodeTrainingOptions{}.Validate(32).ok());
  CATCH_CHECK(CodeTrainingOptions{}.Validate(31).message() ==
              "code_bytes must be in [1, 31], got 32");
  CATCH_CHECK_FALSE(CodeTrainingOptions{.code_bytes = 0}.Validate(32).ok());
  CATCH_CHECK_FALSE(CodeTrainingOptions{.max_centroids = 0}.Validate(32).ok());
  CATCH_CHECK_FALSE(CodeTrainingOptions{.max_centroids = 257}.Validate(32).ok());
  CATCH_CHECK_FALSE(CodeTrainingOptions{.iterations = 0}.Validate(32).ok());
}

}  // namespace
}  // namespace seekd
