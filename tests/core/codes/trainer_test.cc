#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/codes/code_distances.h"
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

CATCH_TEST_CASE("training fits the data; more bytes, stages and centroids fit better") {
  const VectorSet vectors = testing::ClusteredVectors(3000, 32, 40, 1);
  const auto error = [&](const CodeTrainingOptions& options) {
    return MeanCodeError(Train(vectors, options), vectors);
  };
  const float coarse = error({.code_bytes = 9});
  CATCH_CHECK(coarse < 0.25F);
  CATCH_CHECK(error({.code_bytes = 17}) < coarse * 0.6F);
  CATCH_CHECK(error({.code_bytes = 9, .max_centroids = 16}) > coarse * 1.2F);
  // In the place of a subspace, in clustered data.
  CATCH_CHECK(error({.code_bytes = 9, .stages = 1}) < coarse * 0.9F);
}

CATCH_TEST_CASE("a stage codes what the stages before it left") {
  const VectorSet vectors = testing::ClusteredVectors(3000, 32, 300, 5);
  float before = std::numeric_limits<float>::infinity();
  for (uint32_t stages = 0; stages <= 3; ++stages) {
    const float error =
        MeanCodeError(Train(vectors, {.code_bytes = stages + 5, .stages = stages}), vectors);
    CATCH_CHECK(error < before * 0.95F);
    before = error;
  }
}

CATCH_TEST_CASE("any number of threads gives the same codebook, in fp16 values") {
  const VectorSet vectors = testing::ClusteredVectors(800, 30, 10, 2);
  const Codebook a = Train(vectors, {.code_bytes = 9, .stages = 1, .threads = 1});
  const Codebook b = Train(vectors, {.code_bytes = 9, .stages = 1, .threads = 4});
  CATCH_CHECK(a.values == b.values);
  CATCH_CHECK(a.centroids == 256);
  CATCH_REQUIRE(a.values.size() == size_t{2} * 30 * 256);
  for (const float value : a.values) {
    CATCH_REQUIRE(HalfToFloat(FloatToHalf(value)) == value);
  }
}

CATCH_TEST_CASE("training follows the seed") {
  const VectorSet vectors = testing::ClusteredVectors(2000, 16, 10, 3);
  const CodeTrainingOptions options{.code_bytes = 8, .stages = 1, .seed = 1};
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
    CATCH_CHECK(MeanCodeError(codebook, vectors) < 1e-5);
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
  CATCH_CHECK(MeanCodeError(codebook, vectors) < 1e-5);
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
  CATCH_CHECK(CodeTrainingOptions{.code_bytes = 34}.Validate(32).message() ==
              "code_bytes must be in [2, 33], got 34");
  CATCH_CHECK(CodeTrainingOptions{.code_bytes = 3, .stages = 2}.Validate(32).message() ==
              "code_bytes must be in [4, 35], got 3");
  CATCH_CHECK(CodeTrainingOptions{.stages = 9}.Validate(32).message() ==
              "stages must be in [0, 8], got 9");
  CATCH_CHECK_FALSE(CodeTrainingOptions{.max_centroids = 0}.Validate(32).ok());
  CATCH_CHECK_FALSE(CodeTrainingOptions{.max_centroids = 257}.Validate(32).ok());
  CATCH_CHECK_FALSE(CodeTrainingOptions{.iterations = 0}.Validate(32).ok());
}

}  // namespace
}  // namespace seekd
