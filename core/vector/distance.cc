#include "core/vector/distance.h"

#include <cmath>

#include "core/vector/half.h"
#include "core/vector/kernel.h"

namespace seekd {
namespace {

SEEKD_KERNEL void ToHalfRow(const float* values, size_t count, uint16_t* out) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) out[i] = FloatToHalf(values[i]);
}

SEEKD_KERNEL void FromHalfRow(const uint16_t* values, size_t count, float* out) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) out[i] = HalfToFloat(values[i]);
}

}  // namespace

SEEKD_KERNEL float InnerProduct(const float* a, const float* b, size_t dim) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < dim; ++i) sum += a[i] * b[i];
  return sum;
}

SEEKD_KERNEL float SquaredDistance(const float* a, const float* b, size_t dim) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < dim; ++i) {
    const float difference = a[i] - b[i];
    sum += difference * difference;
  }
  return sum;
}

SEEKD_KERNEL float InnerProductHalf(const float* a, const uint16_t* b, size_t dim) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < dim; ++i) sum += a[i] * HalfToFloat(b[i]);
  return sum;
}

std::vector<uint16_t> ToHalf(std::span<const float> values) {
  std::vector<uint16_t> halves(values.size());
  ToHalfRow(values.data(), values.size(), halves.data());
  return halves;
}

void FromHalf(std::span<const uint16_t> values, float* out) {
  FromHalfRow(values.data(), values.size(), out);
}

void NormalizeInPlace(float* values, size_t dim) {
  const float norm = std::sqrt(InnerProduct(values, values, dim));
  if (norm == 0) return;
  for (size_t i = 0; i < dim; ++i) values[i] /= norm;
}

}  // namespace seekd
