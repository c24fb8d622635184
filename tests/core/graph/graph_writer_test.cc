#include <string>

#include "core/graph/adjacency.h"
#include "core/graph/graph_view.h"
#include "tests/core/graph/random_graph.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("the announced size is the size written") {
  const testing::TempFolder folder;
  for (const uint32_t nodes : {0, 1, 7, 8, 9, 500, 30'000}) {
    const Adjacency graph = testing::RandomGraph(nodes, 12, nodes);
    const absl::StatusOr<uint64_t> written = WriteGraph(folder.File("graph.bin"), graph);
    CATCH_REQUIRE(written.ok());
    CATCH_CHECK(*written == EncodedGraphBytes(graph));
    CATCH_CHECK(*written == folder.Read("graph.bin").size());
  }
}

CATCH_TEST_CASE("graphs that are none are refused with the reason") {
  const testing::TempFolder folder;
  const std::string path = folder.File("graph.bin");
  Adjacency graph = testing::RandomGraph(20, 4, 1);
  CATCH_SECTION("a link out of range") {
    graph.lists[3] = {20};
    CATCH_CHECK(WriteGraph(path, graph).status().message() ==
                "node 3 links to node 20 of a graph of 20");
  }
  CATCH_SECTION("a link to itself") {
    graph.lists[3] = {3};
    CATCH_CHECK(WriteGraph(path, graph).status().message() == "node 3 links to itself");
  }
  CATCH_SECTION("an entry point out of range") {
    graph.entry_points.emplace_back(20);
    CATCH_CHECK(WriteGraph(path, graph).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_SECTION("no entry point") {
    graph.entry_points.clear();
    CATCH_CHECK(WriteGraph(path, graph).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_SECTION("too many entry points") {
    graph.entry_points.assign(17, NodeId(1));
    CATCH_CHECK(WriteGraph(path, graph).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CATCH_CHECK(EncodedGraphBytes(graph) == 0);
}

CATCH_TEST_CASE("neighbours close by number cost less than far ones") {
  Adjacency near = testing::RandomGraph(20'000, 0, 1);
  Adjacency far = near;
  for (uint32_t node = 0; node < 20'000; ++node) {
    for (uint32_t i = 1; i <= 8; ++i) {
      near.lists[node].push_back((node + i * 3) % 20'000);
      far.lists[node].push_back((node + i * 2221) % 20'000);
    }
  }
  CATCH_CHECK(EncodedGraphBytes(near) < EncodedGraphBytes(far) * 6 / 10);
  CATCH_CHECK(EncodedGraphBytes(far) < far.edge_count() * 5 / 2);
}

}  // namespace
}  // namespace seekd
