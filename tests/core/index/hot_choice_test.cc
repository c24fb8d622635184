#include "core/index/hot_choice.h"

#include <algorithm>
#include <random>
#include <vector>

#include "core/graph/graph_view.h"
#include "tests/core/graph/random_graph.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Visits decide first, then edges, then the smaller id") {
  const std::vector<uint32_t> visits = {0, 5, 0, 9, 0, 5};
  const std::vector<uint32_t> degrees = {7, 1, 8, 0, 7, 2};
  using List = std::vector<uint32_t>;
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 0).empty());
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 1) == List{3});
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 2) == List{3, 5});
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 3) == List{1, 3, 5});
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 4) == List{1, 2, 3, 5});
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 5) == List{0, 1, 2, 3, 5});
  CATCH_CHECK(ChooseHotNodes(visits, degrees, 99) == List{0, 1, 2, 3, 4, 5});
  CATCH_CHECK(ChooseHotNodes({}, degrees, 2) == List{0, 2});
  CATCH_CHECK(ChooseHotNodes({}, {}, 3).empty());
}

// The slow, obvious way: sort everything.
CATCH_TEST_CASE("A choice is the head of the sorted list") {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const uint32_t nodes = random() % 40;
    std::vector<uint32_t> visits(nodes), degrees(nodes), order(nodes);
    for (uint32_t i = 0; i < nodes; ++i) {
      visits[i] = random() % 3;
      degrees[i] = random() % 4;
      order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return visits[a] != visits[b] ? visits[a] > visits[b] : degrees[a] > degrees[b];
    });
    const uint32_t count = random() % 50;
    order.resize(std::min(count, nodes));
    std::sort(order.begin(), order.end());
    CATCH_REQUIRE(ChooseHotNodes(visits, degrees, count) == order);
  }
}

CATCH_TEST_CASE("In-degrees count the edges that lead to a node") {
  const testing::TempFolder folder;
  const Adjacency graph = testing::RandomGraph(200, 20, 5);
  std::vector<uint32_t> expected(200, 0);
  for (const std::vector<uint32_t>& list : graph.lists) {
    for (const uint32_t neighbor : list) ++expected[neighbor];
  }
  CATCH_REQUIRE(WriteGraph(folder.File("g"), graph).ok());
  const auto degrees = InDegrees(*GraphView::Open(folder.File("g")));
  CATCH_REQUIRE(degrees.ok());
  CATCH_CHECK(*degrees == expected);
}

}  // namespace
}  // namespace seekd
