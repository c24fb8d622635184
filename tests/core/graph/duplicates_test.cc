#include "core/graph/duplicates.h"

#include "core/graph/reachability.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("equal rows form groups, in order of node") {
  const VectorSet vectors{.dim = 2, .values = {1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0.5F, 0}};
  const DuplicateGroups found = FindDuplicates(vectors);
  CATCH_CHECK(found.representatives == std::vector<uint32_t>{0, 1, 3, 6});
  CATCH_CHECK(found.groups == std::vector<std::vector<uint32_t>>{{0, 2, 4}, {1, 5}});
}

CATCH_TEST_CASE("without vectors there are no groups") {
  CATCH_CHECK(FindDuplicates(VectorSet{}).representatives.empty());
}

CATCH_TEST_CASE("a group is reachable from any of its nodes, within the cap") {
  for (const uint32_t cap : {2U, 3U, 8U}) {
    Adjacency graph;
    graph.lists.resize(100);
    for (uint32_t i = 0; i < cap; ++i) graph.lists[0].push_back(50 + i);
    DuplicateGroups groups;
    groups.groups.emplace_back();
    for (uint32_t i = 0; i < 50; ++i) groups.groups[0].push_back(i);
    AttachDuplicates(groups, cap, &graph);
    for (const auto& list : graph.lists) CATCH_CHECK(list.size() <= std::max(cap, 5U));
    CATCH_CHECK(graph.lists[0].size() <= cap);
    graph.lists.resize(50);
    for (auto& list : graph.lists) std::erase_if(list, [](uint32_t id) { return id >= 50; });
    for (uint32_t start = 0; start < 50; ++start) {
      graph.entry_points = {NodeId(start)};
      CATCH_CHECK(CountUnreachable(graph) == 0);
    }
  }
}

}  // namespace
}  // namespace seekd
