#include "tests/bench/seekd_bench/opq.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/vector/distance.h"
#include "core/vector/row_source.h"

namespace seekd::bench {
namespace {

constexpr uint32_t kTurns = 10;
constexpr uint32_t kIterations = 6;  // of k-means, in each turn
constexpr uint32_t kMostSteps = 80;  // a singular value grows 1.5 times a step until it is near 1

Rotation Identity(uint32_t dim) {
  Rotation rotation{dim, dim, std::vector<float>(size_t{dim} * dim, 0.0F)};
  for (uint32_t d = 0; d < dim; ++d) rotation.values[size_t{d} * dim + d] = 1;
  return rotation;
}

void AddScaled(float factor, const float* from, uint32_t dim, float* to) {
  for (uint32_t d = 0; d < dim; ++d) to[d] += factor * from[d];
}

// X becomes (3 X - X X^T X) / 2. Returns the squared change.
float NewtonSchulzStep(Rotation* matrix) {
  const uint32_t dim = matrix->in;
  const std::vector<float> x = matrix->values;
  const auto row = [&](uint32_t i) { return x.data() + size_t{i} * dim; };
  for (uint32_t i = 0; i < dim; ++i) {
    float* const out = matrix->values.data() + size_t{i} * dim;
    AddScaled(0.5F, row(i), dim, out);
    for (uint32_t j = 0; j < dim; ++j) {
      AddScaled(-0.5F * InnerProduct(row(i), row(j), dim), row(j), dim, out);
    }
  }
  return SquaredDistance(x.data(), matrix->values.data(), x.size());
}

// Sum of decoded * row^T over the sample: its polar factor is the rotation that brings the
// rows nearest to what they decode to (Schoenemann 1966).
Rotation Correlation(const VectorSet& sample, const Codebook& codebook,
                     const std::vector<uint8_t>& codes) {
  const uint32_t dim = sample.dim;
  Rotation sum{dim, dim, std::vector<float>(size_t{dim} * dim, 0.0F)};
  std::vector<float> decoded(dim);
  for (uint32_t n = 0; n < sample.size(); ++n) {
    codebook.Decode(codes.data() + size_t{n} * codebook.code_bytes(), decoded.data());
    for (uint32_t i = 0; i < dim; ++i) {
      AddScaled(decoded[i], sample.row(n), dim, sum.values.data() + size_t{i} * dim);
    }
  }
  return sum;
}

}  // namespace

void Orthonormalize(Rotation* matrix) {
  NormalizeInPlace(matrix->values.data(), matrix->values.size());  // no singular value above 1
  for (uint32_t step = 0; step < kMostSteps; ++step) {
    if (NewtonSchulzStep(matrix) < 1e-9F * static_cast<float>(matrix->in)) return;
  }
}

absl::StatusOr<Rotation> TrainOpq(const VectorSet& sample, uint32_t code_bytes) {
  CodeTrainingOptions training;
  training.code_bytes = code_bytes;
  training.iterations = kIterations;
  Rotation rotation = Identity(sample.dim);
  for (uint32_t turn = 0; turn < kTurns; ++turn) {
    VectorSet rotated{sample.dim, std::vector<float>(sample.values.size())};
    for (uint32_t n = 0; n < sample.size(); ++n) {
      rotation.Apply(sample.row(n), rotated.values.data() + size_t{n} * sample.dim);
    }
    ABSL_ASSIGN_OR_RETURN(Codebook codebook, TrainCodebook(rotated, training, nullptr));
    ABSL_ASSIGN_OR_RETURN(const std::vector<uint8_t> codes,
                          EncodeRows(codebook, VectorRows(&rotated), 0, nullptr));
    codebook.min_scale = 1;  // the sums themselves, as they were quantized
    codebook.scale_step = 0;
    rotation = Correlation(sample, codebook, codes);
    Orthonormalize(&rotation);
  }
  return rotation;
}

}  // namespace seekd::bench
