#include "core/search/candidates.h"

#include <algorithm>
#include <span>

#include "core/graph/adjacency.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CodeScorer ScorerOf(const std::vector<float>& query) {
  return CodeScorer(&SmallCollection().codes(), std::span<const float>(query));
}

CATCH_TEST_CASE("a beam as wide as the graph meets what a scan meets, in the same order") {
  const uint32_t nodes = SmallCollection().graph().node_count();
  const std::vector<float> query = AnyQuery();
  CodeScorer beam = ScorerOf(query);
  CodeScorer scan = ScorerOf(query);
  uint64_t expanded = 0;
  const std::vector<ScoredNode> met =
      GatherByBeam(SmallCollection().graph(), nodes, &beam, &expanded);
  const std::vector<ScoredNode> all = scan.ScanAll(nodes);
  CATCH_CHECK(expanded == nodes);
  CATCH_REQUIRE(met.size() == all.size());
  for (size_t i = 0; i < all.size(); ++i) CATCH_CHECK(met[i].node == all[i].node);
}

CATCH_TEST_CASE("a beam has the width asked for and holds the closest nodes it met") {
  const std::vector<float> query = AnyQuery();
  CodeScorer scorer = ScorerOf(query);
  uint64_t expanded = 0;
  const std::vector<ScoredNode> met =
      GatherByBeam(SmallCollection().graph(), 50, &scorer, &expanded);
  CATCH_CHECK(met.size() == 50);
  CATCH_CHECK(std::is_sorted(met.begin(), met.end()));
  CATCH_CHECK(expanded >= 50);
}

CATCH_TEST_CASE("the sample of codes leads to parts of the graph that no link leads to") {
  // Rings of 50 nodes without a link between them; one entry point.
  constexpr uint32_t kRing = 50;
  const uint32_t nodes = SmallCollection().graph().node_count();
  Adjacency rings;
  for (uint32_t i = 0; i < nodes; ++i) {
    rings.lists.push_back({i - i % kRing + (i + 1) % kRing});
  }
  rings.entry_points = {NodeId{0}};
  const TempFolder folder;
  CATCH_REQUIRE(WriteGraph(folder.File("graph.bin"), rings).ok());
  const auto graph = GraphView::Open(folder.File("graph.bin"));
  CATCH_REQUIRE(graph.ok());
  const std::vector<float> query = AnyQuery();
  CodeScorer scorer = ScorerOf(query);
  uint64_t expanded = 0;
  const std::vector<ScoredNode> met = GatherByBeam(*graph, nodes, &scorer, &expanded);
  CATCH_CHECK(met.size() > size_t{4} * kRing);
}

}  // namespace
}  // namespace seekd
