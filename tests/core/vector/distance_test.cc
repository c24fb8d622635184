#include "core/vector/distance.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "core/vector/half.h"
#include "core/vector/vector_set.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::vector<float> RandomRow(size_t dim, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> row(dim);
  for (float& value : row) value = normal(random);
  return row;
}

double ReferenceInnerProduct(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

double ReferenceSquaredDistance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

CATCH_TEST_CASE("kernels agree with plain double loops at every length") {
  std::mt19937 random(1);
  for (size_t dim = 0; dim <= 300; ++dim) {
    const std::vector<float> a = RandomRow(dim, random);
    const std::vector<float> b = RandomRow(dim, random);
    const double tolerance = 1e-5 * (static_cast<double>(dim) + 1);
    CATCH_REQUIRE(std::abs(InnerProduct(a.data(), b.data(), dim) - ReferenceInnerProduct(a, b)) <=
                  tolerance);
    CATCH_REQUIRE(std::abs(SquaredDistance(a.data(), b.data(), dim) -
                           ReferenceSquaredDistance(a, b)) <= tolerance);
  }
}

CATCH_TEST_CASE("rows of one length are read without touching their neighbours") {
  // The sentinel would poison any sum that reads one element too many.
  for (size_t dim = 1; dim <= 70; ++dim) {
    std::vector<float> a(dim + 16, NAN);
    std::fill_n(a.begin(), dim, 1.0F);
    CATCH_REQUIRE(InnerProduct(a.data(), a.data(), dim) == static_cast<float>(dim));
    CATCH_REQUIRE(SquaredDistance(a.data(), a.data(), dim) == 0.0F);
  }
}

CATCH_TEST_CASE("fp16 rows: conversion and inner product") {
  std::mt19937 random(2);
  for (const size_t dim : {0, 1, 7, 31, 64, 255, 256, 384}) {
    const std::vector<float> a = RandomRow(dim, random);
    const std::vector<float> b = RandomRow(dim, random);
    const std::vector<uint16_t> halves = ToHalf(b);
    CATCH_REQUIRE(halves.size() == dim);
    std::vector<float> back(dim);
    FromHalf(halves, back.data());
    for (size_t i = 0; i < dim; ++i) {
      CATCH_REQUIRE(halves[i] == FloatToHalf(b[i]));
      CATCH_REQUIRE(back[i] == HalfToFloat(halves[i]));
    }
    CATCH_REQUIRE(std::abs(InnerProductHalf(a.data(), halves.data(), dim) -
                           ReferenceInnerProduct(a, back)) <= 1e-3);
  }
}

CATCH_TEST_CASE("the same rows give the same bits every time") {
  std::mt19937 random(3);
  const std::vector<float> a = RandomRow(256, random);
  std::vector<float> shifted(257);
  std::copy(a.begin(), a.end(), shifted.begin() + 1);
  const std::vector<float> b = RandomRow(256, random);
  CATCH_CHECK(InnerProduct(a.data(), b.data(), 256) ==
              InnerProduct(shifted.data() + 1, b.data(), 256));
}

CATCH_TEST_CASE("normalising gives unit length, and leaves zero alone") {
  std::mt19937 random(4);
  std::vector<float> row = RandomRow(256, random);
  NormalizeInPlace(row.data(), row.size());
  CATCH_CHECK(InnerProduct(row.data(), row.data(), row.size()) == Approx(1.0).epsilon(1e-5));
  std::vector<float> zero(256, 0.0F);
  NormalizeInPlace(zero.data(), zero.size());
  CATCH_CHECK(zero == std::vector<float>(256, 0.0F));
}

CATCH_TEST_CASE("a vector set counts its rows") {
  const VectorSet empty;
  CATCH_CHECK(empty.size() == 0);
  const VectorSet set{.dim = 2, .values = {1, 2, 3, 4}};
  CATCH_CHECK(set.size() == 2);
  CATCH_CHECK(*set.row(1) == 3.0F);
}

}  // namespace
}  // namespace seekd
