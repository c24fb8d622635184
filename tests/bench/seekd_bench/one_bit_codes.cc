#include "tests/bench/seekd_bench/one_bit_codes.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd::bench {
namespace {

constexpr uint32_t kBits = 8;  // of a byte

// Bit d of a code decodes to center[d] + amplitude[d] or center[d] - amplitude[d].
Codebook SignCodebook(const std::vector<float>& center, const std::vector<float>& amplitude) {
  Codebook codebook{.dim = static_cast<uint32_t>(center.size())};
  codebook.subspaces = codebook.dim / kBits;
  for (uint32_t first = 0; first < codebook.dim; first += kBits) {
    for (uint32_t byte = 0; byte < codebook.centroids; ++byte) {
      for (uint32_t bit = 0; bit < kBits; ++bit) {
        const uint32_t d = first + bit;
        const bool up = ((byte >> bit) & 1U) != 0;
        codebook.values.push_back(center[d] + (up ? amplitude[d] : -amplitude[d]));
      }
    }
  }
  return codebook;
}

// The bits of a row of `dim` values that lie above `center`. REQUIRES: zeros at `code`.
void WriteSigns(const float* row, const std::vector<float>& center, uint8_t* code) {
  for (size_t d = 0; d < center.size(); ++d) {
    if (row[d] > center[d]) code[d / kBits] |= static_cast<uint8_t>(1U << (d % kBits));
  }
}

std::vector<float> MeanDeviation(const VectorSet& vectors, const std::vector<float>& mean) {
  std::vector<double> sum(vectors.dim, 0.0);
  for (uint32_t row = 0; row < vectors.size(); ++row) {
    for (uint32_t d = 0; d < vectors.dim; ++d) sum[d] += std::abs(vectors.row(row)[d] - mean[d]);
  }
  std::vector<float> deviation;
  for (const double value : sum) deviation.push_back(static_cast<float>(value / vectors.size()));
  return deviation;
}

// |r|^2 over the sum of the absolute values of P r, which is <s, P r>.
float RabitqFactor(const std::vector<float>& residual, const std::vector<float>& rotated) {
  const float sum = std::accumulate(rotated.begin(), rotated.end(), 0.0F,
                                    [](float all, float value) { return all + std::abs(value); });
  return InnerProduct(residual.data(), residual.data(), residual.size()) / sum;
}

}  // namespace

std::vector<float> MeanOf(const VectorSet& vectors) {
  std::vector<double> sum(vectors.dim, 0.0);
  for (uint32_t row = 0; row < vectors.size(); ++row) {
    for (uint32_t d = 0; d < vectors.dim; ++d) sum[d] += vectors.row(row)[d];
  }
  std::vector<float> mean;
  for (const double value : sum) mean.push_back(static_cast<float>(value / vectors.size()));
  return mean;
}

absl::StatusOr<CodedRows> CodeBySigns(const VectorSet& vectors) {
  if (vectors.dim % kBits != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("signs of ", vectors.dim, " dimensions do not fill whole bytes"));
  }
  const std::vector<float> mean = MeanOf(vectors);
  CodedRows coded{.codebook = SignCodebook(mean, MeanDeviation(vectors, mean))};
  const uint32_t code_bytes = coded.codebook.code_bytes();
  coded.codes.resize(size_t{vectors.size()} * code_bytes);
  for (uint32_t row = 0; row < vectors.size(); ++row) {
    WriteSigns(vectors.row(row), mean, coded.codes.data() + size_t{row} * code_bytes);
  }
  SetUnitScales(&coded);
  coded.codebook_bytes = 2 * mean.size() * sizeof(uint16_t);
  ABSL_ASSIGN_OR_RETURN(coded.error, MeanSquaredError(coded, VectorRows(&vectors)));
  return coded;
}

absl::StatusOr<CodedRows> CodeByRabitq(const VectorSet& vectors, uint32_t code_bytes,
                                       uint64_t seed) {
  const uint32_t signs = kBits * (code_bytes - 1);
  const std::vector<float> mean = MeanOf(vectors);
  const std::vector<float> zeros(signs, 0.0F);
  CodedRows coded{.codebook = SignCodebook(zeros, std::vector<float>(signs, 1.0F))};
  coded.codes.resize(size_t{vectors.size()} * code_bytes);
  coded.rotation = RandomRotation(vectors.dim, signs, seed);
  std::vector<float> factors(vectors.size());
  const auto encode = [&](uint32_t, uint32_t first, const VectorSet& block) {
    std::vector<float> residual(vectors.dim);
    std::vector<float> rotated(signs);
    for (uint32_t i = 0; i < block.size(); ++i) {
      for (uint32_t d = 0; d < block.dim; ++d) residual[d] = block.row(i)[d] - mean[d];
      coded.rotation.Apply(residual.data(), rotated.data());
      WriteSigns(rotated.data(), zeros, coded.codes.data() + size_t{first + i} * code_bytes);
      factors[first + i] = RabitqFactor(residual, rotated);
    }
  };
  ABSL_RETURN_IF_ERROR(ForEachBlock(VectorRows(&vectors), {0, 1, nullptr, {}}, encode));
  SetScales(factors, std::numeric_limits<float>::infinity(), &coded);
  coded.codebook_bytes = mean.size() * sizeof(uint16_t);
  return coded;
}

}  // namespace seekd::bench
