#include "core/graph/neighbor_selection.h"

#include <algorithm>

#include "core/vector/distance.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

VectorSet OnALine(std::vector<float> positions) { return {.dim = 1, .values = positions}; }

CATCH_TEST_CASE("a node behind a kept one is dropped, one on the other side is kept") {
  const VectorSet line = OnALine({0, 1, 2, 3, -4});
  const std::vector<uint32_t> ids = {3, 4, 2, 1};
  CATCH_CHECK(SelectNeighbors(VectorDistances(line), 0, ids, 10) == std::vector<uint32_t>{1, 4});
}

CATCH_TEST_CASE("the limit holds, and the nearest win") {
  const VectorSet line{.dim = 2, .values = {0, 0, 1, 0, 0, 1.1F, -1.2F, 0, 0, -1.3F}};
  const std::vector<uint32_t> ids = {4, 3, 2, 1};
  CATCH_CHECK(SelectNeighbors(VectorDistances(line), 0, ids, 3) == std::vector<uint32_t>{1, 2, 3});
  CATCH_CHECK(SelectNeighbors(VectorDistances(line), 0, ids, 0).empty());
}

CATCH_TEST_CASE("nothing to select from") {
  const VectorSet line = OnALine({0});
  CATCH_CHECK(SelectNeighbors(VectorDistances(line), std::vector<Candidate>{}, 5).empty());
}

CATCH_TEST_CASE("of the kept none hides another, and each dropped one is hidden") {
  const VectorSet vectors = testing::ClusteredVectors(120, 16, 6, 9);
  std::vector<uint32_t> ids;
  for (uint32_t i = 1; i < vectors.size(); ++i) ids.push_back(i);
  const std::vector<uint32_t> kept = SelectNeighbors(VectorDistances(vectors), 0, ids, 1000);
  const auto distance = [&](uint32_t a, uint32_t b) {
    return SquaredDistance(vectors.row(a), vectors.row(b), vectors.dim);
  };
  CATCH_REQUIRE(kept.size() > 1);
  CATCH_REQUIRE(kept.size() < ids.size());
  for (const uint32_t x : ids) {
    const bool hidden = std::any_of(kept.begin(), kept.end(), [&](uint32_t y) {
      return y != x && distance(0, y) <= distance(0, x) &&
             kHidingMargin * distance(x, y) < distance(0, x);
    });
    const bool is_kept = std::find(kept.begin(), kept.end(), x) != kept.end();
    CATCH_REQUIRE(is_kept == !hidden);
  }
}

}  // namespace
}  // namespace seekd
