#include "core/vector/distance.h"

#include <array>
#include <cmath>
#include <cstring>

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

// A vector of GCC and Clang: one AVX register, two of SSE or NEON.
using Lanes __attribute__((vector_size(32))) = float;
constexpr size_t kLanes = sizeof(Lanes) / sizeof(float);

struct Product {
  template <typename T>
  SEEKD_INLINE static void AddTo(T* sum, const T& a, const T& b) {
    *sum += a * b;
  }
};

struct SquaredDifference {
  template <typename T>
  SEEKD_INLINE static void AddTo(T* sum, const T& a, const T& b) {
    const T difference = a - b;
    *sum += difference * difference;
  }
};

// The sum of Term over all dimensions. Four sums at once: an addition takes four cycles, and
// with one sum each would wait for the one before it.
template <typename Term>
SEEKD_INLINE float SumOver(const float* a, const float* b, size_t dim) {
  constexpr size_t kSums = 4;
  std::array<Lanes, kSums> sums = {};
  size_t i = 0;
  for (; i + kSums * kLanes <= dim; i += kSums * kLanes) {
    for (size_t s = 0; s < kSums; ++s) {
      Lanes from;
      Lanes to;
      std::memcpy(&from, a + i + s * kLanes, sizeof(from));
      std::memcpy(&to, b + i + s * kLanes, sizeof(to));
      Term::AddTo(&sums[s], from, to);
    }
  }
  const Lanes lanes = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float sum = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  for (; i < dim; ++i) Term::AddTo(&sum, a[i], b[i]);
  return sum;
}

}  // namespace

SEEKD_KERNEL float InnerProduct(const float* a, const float* b, size_t dim) {
  return SumOver<Product>(a, b, dim);
}

SEEKD_KERNEL float SquaredDistance(const float* a, const float* b, size_t dim) {
  return SumOver<SquaredDifference>(a, b, dim);
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
