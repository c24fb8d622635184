// IEEE binary16 conversion of one value, exact, in portable branch-free integer
// arithmetic that compilers vectorise. After F. Giesen, "Half to float done quic(k)".
#ifndef SEEKD_CORE_VECTOR_HALF_H_
#define SEEKD_CORE_VECTOR_HALF_H_

#include <bit>
#include <cstdint>

namespace seekd {

// Every half is exact in fp32; NaN payloads are kept.
inline float HalfToFloat(uint16_t half) {
  const uint32_t magnitude = uint32_t{half & 0x7FFFU} << 13;
  const uint32_t sign = uint32_t{half & 0x8000U} << 16;
  const uint32_t normal = magnitude + (112U << 23);
  // As a float, 2^-14 + fraction; the subtraction leaves the subnormal's value.
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude + (113U << 23)) - 0x1p-14F);
  const uint32_t special = magnitude | (0xFFU << 23);
  uint32_t bits = magnitude < (1U << 23) ? subnormal : normal;
  bits = magnitude >= (31U << 23) ? special : bits;
  return std::bit_cast<float>(bits | sign);
}

// Round to nearest even; beyond 65504 by half a step or more: infinity; NaN stays NaN.
inline uint16_t FloatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  const uint32_t odd = (magnitude >> 13) & 1U;
  const uint32_t normal = (magnitude - (112U << 23) + 0xFFFU + odd) >> 13;
  // Adding 0.5 makes the float unit round at the subnormal's last bit, 2^-24.
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - (126U << 23);
  const uint32_t special = magnitude > (255U << 23) ? 0x7E00U : 0x7C00U;
  uint32_t half = magnitude < (113U << 23) ? subnormal : normal;
  half = magnitude >= (143U << 23) ? special : half;
  return static_cast<uint16_t>(half | ((bits >> 16) & 0x8000U));
}

}  // namespace seekd

#endif  // SEEKD_CORE_VECTOR_HALF_H_
