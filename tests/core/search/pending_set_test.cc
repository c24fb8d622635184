#include "core/search/pending_set.h"

#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint32_t kDim = 3;

std::vector<uint16_t> RowOf(uint64_t value) {
  return {static_cast<uint16_t>(value), static_cast<uint16_t>(value >> 16), 7};
}

// A set and the values it must hold.
struct Copy {
  PendingSet set{kDim};
  std::vector<uint64_t> values;

  void Add(uint64_t value) {
    set.Add(ChunkId{value}, RowOf(value));
    values.push_back(value);
  }
  bool Holds() const {
    if (set.size() != values.size()) return false;
    for (size_t i = 0; i < values.size(); ++i) {
      const auto row = set.row(i);
      if (set.chunk(i) != ChunkId{values[i]}) return false;
      if (std::vector<uint16_t>(row.begin(), row.end()) != RowOf(values[i])) return false;
    }
    return true;
  }
};

CATCH_TEST_CASE("PendingSet: copies that grow apart never change each other") {
  std::mt19937 random(11);
  std::vector<Copy> copies(1);
  uint64_t next = 1;
  for (int step = 0; step < 300; ++step) {
    const size_t chosen = random() % copies.size();
    if (random() % 4 == 0 && copies.size() < 12) copies.push_back(copies[chosen]);
    const int rows = static_cast<int>(random() % 120);
    for (int i = 0; i < rows; ++i) copies[chosen].Add(next++);
    if (step % 50 == 0) copies[random() % copies.size()] = copies[chosen];
  }
  for (const Copy& copy : copies) CATCH_CHECK(copy.Holds());
}

CATCH_TEST_CASE("PendingSet: two copies grow from two threads while a third reads") {
  Copy base;
  for (uint64_t i = 1; i <= 1500; ++i) base.Add(i);
  Copy left = base;
  Copy right = base;
  std::thread grow_left([&left] {
    for (uint64_t i = 0; i < 2000; ++i) left.Add(100'000 + i);
  });
  std::thread grow_right([&right] {
    for (uint64_t i = 0; i < 2000; ++i) right.Add(200'000 + i);
  });
  CATCH_CHECK(base.Holds());
  grow_left.join();
  grow_right.join();
  CATCH_CHECK(left.Holds());
  CATCH_CHECK(right.Holds());
}

CATCH_TEST_CASE("PendingSet counts its bytes") {
  PendingSet set(kDim);
  CATCH_CHECK(set.size() == 0);
  CATCH_CHECK(set.bytes() == 0);
  set.Add(ChunkId{5}, RowOf(5));
  CATCH_CHECK(set.bytes() == 8 + 2 * kDim);
}

}  // namespace
}  // namespace seekd
