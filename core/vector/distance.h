// The project's vector kernels: inner product and squared distance of fp32
// rows, and fp16 conversion. One summation order per build and machine, so that
// a score computed twice is the same number twice.
#ifndef SEEKD_CORE_VECTOR_DISTANCE_H_
#define SEEKD_CORE_VECTOR_DISTANCE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seekd {

float InnerProduct(const float* a, const float* b, size_t dim);
float SquaredDistance(const float* a, const float* b, size_t dim);
// Inner product of an fp32 with an fp16 row.
float InnerProductHalf(const float* a, const uint16_t* b, size_t dim);

// IEEE binary16, round to nearest even.
std::vector<uint16_t> ToHalf(std::span<const float> values);
void FromHalf(std::span<const uint16_t> values, float* out);

// Scales to unit length; a zero vector stays zero.
void NormalizeInPlace(float* values, size_t dim);

}  // namespace seekd

#endif  // SEEKD_CORE_VECTOR_DISTANCE_H_
