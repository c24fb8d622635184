#include "tests/bench/seekd_bench/rotation.h"

#include <algorithm>
#include <random>

#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "core/vector/vector_set.h"

namespace seekd::bench {
namespace {

// Takes off `values` what lies along the first `count` rows.
void MakeOrthogonal(const VectorSet& rows, uint32_t count, float* values) {
  for (uint32_t i = 0; i < count; ++i) {
    const float along = InnerProduct(rows.row(i), values, rows.dim);
    for (uint32_t d = 0; d < rows.dim; ++d) values[d] -= along * rows.row(i)[d];
  }
}

// REQUIRES: count <= dim.
VectorSet OrthonormalRows(uint32_t count, uint32_t dim, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  VectorSet rows{dim, std::vector<float>(size_t{count} * dim)};
  std::generate(rows.values.begin(), rows.values.end(), [&] { return normal(random); });
  for (uint32_t i = 0; i < count; ++i) {
    float* const row = rows.values.data() + size_t{i} * dim;
    // Twice is enough for floats (Giraud et al. 2005).
    for (uint32_t pass = 0; pass < 2; ++pass) {
      MakeOrthogonal(rows, i, row);
      NormalizeInPlace(row, dim);
    }
  }
  return rows;
}

}  // namespace

void Rotation::Apply(const float* row, float* rotated) const {
  for (uint32_t i = 0; i < out; ++i) {
    rotated[i] = InnerProduct(values.data() + size_t{i} * in, row, in);
  }
}

Rotation RandomRotation(uint32_t in, uint32_t out, uint64_t seed) {
  VectorSet rows = OrthonormalRows(std::min(in, out), std::max(in, out), seed);
  if (out <= in) return {in, out, std::move(rows.values)};
  Rotation rotation{in, out, std::vector<float>(size_t{in} * out)};
  for (uint32_t i = 0; i < out; ++i) {
    for (uint32_t j = 0; j < in; ++j) rotation.values[size_t{i} * in + j] = rows.row(j)[i];
  }
  return rotation;
}

absl::Status RotatedRows::Read(std::span<const uint32_t> rows, float* out) const {
  VectorSet plain{source_->dim(), std::vector<float>(rows.size() * source_->dim())};
  ABSL_RETURN_IF_ERROR(source_->Read(rows, plain.values.data()));
  for (uint32_t i = 0; i < rows.size(); ++i) {
    rotation_->Apply(plain.row(i), out + size_t{i} * rotation_->out);
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
