#include "embedding_service/batch_price.h"

#include <cstdlib>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("nothing is said of batches of one size", "[batch_price]") {
  BatchPrice price;
  CATCH_CHECK(price.fixed_us() == 0);
  for (int i = 0; i < 10; ++i) price.Note(100, 5000);
  price.Note(150, 5200);  // too near
  CATCH_CHECK(price.fixed_us() == 0);
}

CATCH_TEST_CASE("the fixed price is where the line meets zero", "[batch_price]") {
  BatchPrice price;
  price.Note(1000, 20'000 + 3 * 1000);
  price.Note(10, 20'000 + 3 * 10);
  CATCH_CHECK(price.fixed_us() == 20'000);
}

CATCH_TEST_CASE("an encoder that works by the token has none", "[batch_price]") {
  BatchPrice price;
  price.Note(10, 100);
  price.Note(1000, 10'000);
  CATCH_CHECK(price.fixed_us() == 0);
  // Large batches that are dearer by the token than small ones.
  price.Note(8000, 200'000);
  CATCH_CHECK(price.fixed_us() == 0);
}

CATCH_TEST_CASE("never more than what the smallest took", "[batch_price]") {
  BatchPrice price;
  price.Note(10, 700);
  price.Note(1000, 300);
  CATCH_CHECK(price.fixed_us() == 700);
}

CATCH_TEST_CASE("empty and endless batches", "[batch_price]") {
  BatchPrice price;
  price.Note(0, 50);
  price.Note(UINT64_MAX, 60);
  CATCH_CHECK(price.fixed_us() == 50);
}

CATCH_TEST_CASE("a first batch that was slow by accident is forgotten at once", "[batch_price]") {
  BatchPrice price;
  price.Note(10, 500'000);
  price.Note(1000, 3000);
  price.Note(10, 1000);
  CATCH_CHECK(price.fixed_us() <= 1000);
}

CATCH_TEST_CASE("it follows an encoder that became slower", "[batch_price]") {
  BatchPrice price;
  for (int i = 0; i < 50; ++i) {
    price.Note(10, 1000);
    price.Note(1000, 2000);
  }
  for (int i = 0; i < 50; ++i) {
    price.Note(10, 5000);
    price.Note(1000, 6000);
  }
  CATCH_CHECK(std::abs(price.fixed_us() - 4990) < 50);
}

CATCH_TEST_CASE("disturbed batches of all sizes", "[batch_price]") {
  std::mt19937 random(5);
  BatchPrice price;
  for (int i = 0; i < 2000; ++i) {
    const uint64_t tokens = 1 + random() % 16'384;
    const int64_t late_us = random() % 10 == 0 ? static_cast<int64_t>(random() % 30'000) : 0;
    price.Note(tokens, 8000 + static_cast<int64_t>(tokens) + late_us);
  }
  CATCH_CHECK(price.fixed_us() > 6000);
  CATCH_CHECK(price.fixed_us() < 12'000);
}

}  // namespace
}  // namespace seekd
