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

using List = std::vector<uint32_t>;

CATCH_TEST_CASE("Visits decide first, then the neighbours', then edges, then the smaller id") {
  const List visits = {0, 5, 0, 9, 0, 5, 0};
  const HotPrior prior{{0, 0, 0, 1, 0, 3, 2}, {7, 1, 8, 0, 7, 2, 0}};
  CATCH_CHECK(ChooseHotNodes(visits, prior, 0).empty());
  CATCH_CHECK(ChooseHotNodes(visits, prior, 1) == List{3});
  CATCH_CHECK(ChooseHotNodes(visits, prior, 2) == List{3, 5});
  CATCH_CHECK(ChooseHotNodes(visits, prior, 3) == List{1, 3, 5});
  CATCH_CHECK(ChooseHotNodes(visits, prior, 4) == List{1, 3, 5, 6});
  CATCH_CHECK(ChooseHotNodes(visits, prior, 5) == List{1, 2, 3, 5, 6});
  CATCH_CHECK(ChooseHotNodes(visits, prior, 6) == List{0, 1, 2, 3, 5, 6});
  CATCH_CHECK(ChooseHotNodes(visits, prior, 99) == List{0, 1, 2, 3, 4, 5, 6});
  CATCH_CHECK(ChooseHotNodes({}, prior, 1) == List{5});
  CATCH_CHECK(ChooseHotNodes({}, HotPrior(), 3).empty());
}

// The slow, obvious way: sort everything.
CATCH_TEST_CASE("A choice is the head of the sorted list") {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const uint32_t nodes = random() % 40;
    List visits(nodes), order(nodes);
    HotPrior prior{std::vector<uint64_t>(nodes), List(nodes)};
    for (uint32_t i = 0; i < nodes; ++i) {
      visits[i] = random() % 3;
      prior.neighbor_visits[i] = random() % 3;
      prior.in_degrees[i] = random() % 3;
      order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      if (visits[a] != visits[b]) return visits[a] > visits[b];
      if (prior.neighbor_visits[a] != prior.neighbor_visits[b]) {
        return prior.neighbor_visits[a] > prior.neighbor_visits[b];
      }
      return prior.in_degrees[a] > prior.in_degrees[b];
    });
    const uint32_t count = random() % 50;
    order.resize(std::min(count, nodes));
    std::sort(order.begin(), order.end());
    CATCH_REQUIRE(ChooseHotNodes(visits, prior, count) == order);
  }
}

CATCH_TEST_CASE("The prior counts edges and the visits at their other ends") {
  const testing::TempFolder folder;
  constexpr uint32_t kNodes = 200;
  const Adjacency graph = testing::RandomGraph(kNodes, 20, 5);
  std::mt19937 random(6);
  List visits(kNodes), degrees(kNodes, 0);
  for (uint32_t& v : visits) v = random() % 5;
  std::vector<uint64_t> beside(kNodes, 0);
  for (uint32_t from = 0; from < kNodes; ++from) {
    for (const uint32_t to : graph.lists[from]) {
      ++degrees[to];
      beside[to] += visits[from];
      beside[from] += visits[to];
    }
  }
  CATCH_REQUIRE(WriteGraph(folder.File("g"), graph).ok());
  const GraphView view = *GraphView::Open(folder.File("g"));
  const auto prior = ReadHotPrior(view, visits);
  CATCH_REQUIRE(prior.ok());
  CATCH_CHECK(prior->in_degrees == degrees);
  CATCH_CHECK(prior->neighbor_visits == beside);
  const auto unmeasured = ReadHotPrior(view, {});
  CATCH_CHECK(unmeasured->in_degrees == degrees);
  CATCH_CHECK(unmeasured->neighbor_visits == std::vector<uint64_t>(kNodes, 0));
}

}  // namespace
}  // namespace seekd
