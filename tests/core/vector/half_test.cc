#include "core/vector/half.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

// The value by the definition of binary16, in double.
double ReferenceValue(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

bool IsNan(uint16_t half) { return (half & 0x7C00) == 0x7C00 && (half & 0x3FF) != 0; }

CATCH_TEST_CASE("every half converts to exactly its value and back") {
  for (uint32_t h = 0; h <= 0xFFFF; ++h) {
    const auto half = static_cast<uint16_t>(h);
    const float value = HalfToFloat(half);
    if (IsNan(half)) {
      CATCH_REQUIRE(std::isnan(value));
      CATCH_REQUIRE(IsNan(FloatToHalf(value)));
      continue;
    }
    CATCH_REQUIRE(static_cast<double>(value) == ReferenceValue(half));
    CATCH_REQUIRE(std::signbit(value) == ((half & 0x8000) != 0));
    CATCH_REQUIRE(FloatToHalf(value) == half);
  }
}

CATCH_TEST_CASE("between two halves: nearest wins, ties go to the even one") {
  for (uint32_t h = 0; h < 0x7BFF; ++h) {
    const auto below = static_cast<uint16_t>(h);
    const auto above = static_cast<uint16_t>(h + 1);
    const auto middle = static_cast<float>((ReferenceValue(below) + ReferenceValue(above)) / 2);
    const uint16_t even = (h & 1) == 0 ? below : above;
    CATCH_REQUIRE(FloatToHalf(middle) == even);
    CATCH_REQUIRE(FloatToHalf(-middle) == (even | 0x8000));
    CATCH_REQUIRE(FloatToHalf(std::nextafter(middle, 0.0F)) == below);
    CATCH_REQUIRE(FloatToHalf(std::nextafter(middle, 1e9F)) == above);
  }
}

CATCH_TEST_CASE("values beyond the largest half become infinity") {
  CATCH_CHECK(FloatToHalf(65504.0F) == 0x7BFF);
  CATCH_CHECK(FloatToHalf(std::nextafter(65520.0F, 0.0F)) == 0x7BFF);
  CATCH_CHECK(FloatToHalf(65520.0F) == 0x7C00);
  CATCH_CHECK(FloatToHalf(-1e30F) == 0xFC00);
  CATCH_CHECK(FloatToHalf(std::numeric_limits<float>::infinity()) == 0x7C00);
  CATCH_CHECK(FloatToHalf(std::numeric_limits<float>::denorm_min()) == 0);
}

CATCH_TEST_CASE("random floats round to a half no further than any neighbour") {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> exponent(-27.0F, 15.9F);
  for (int i = 0; i < 20'000; ++i) {
    const float value = std::exp2(exponent(random));
    const uint16_t half = FloatToHalf(value);
    const double error = std::abs(ReferenceValue(half) - value);
    if (half > 0) CATCH_REQUIRE(error <= std::abs(ReferenceValue(half - 1) - value));
    CATCH_REQUIRE(error <= std::abs(ReferenceValue(half + 1) - value));
  }
}

}  // namespace
}  // namespace seekd
