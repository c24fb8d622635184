#include "core/graph/graph_view.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include "core/base/bytes.h"
#include "core/graph/adjacency.h"
#include "core/graph/graph_format.h"
#include "tests/core/graph/random_graph.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

std::vector<uint32_t> Sorted(std::vector<uint32_t> list) {
  std::sort(list.begin(), list.end());
  return list;
}

std::vector<uint32_t> Read(const GraphView& view, uint32_t node) {
  std::vector<NodeId> ids = {NodeId(77)};
  std::vector<uint32_t> plain;
  if (!view.Neighbors(NodeId(node), &ids)) return {0xFFFFFFFF};
  for (const NodeId id : ids) plain.push_back(id.value);
  return plain;
}

void CheckEqual(const GraphView& view, const Adjacency& graph) {
  CATCH_REQUIRE(view.node_count() == graph.lists.size());
  CATCH_REQUIRE(view.edge_count() == graph.edge_count());
  CATCH_REQUIRE(view.entry_points() == graph.entry_points);
  for (uint32_t node = 0; node < graph.lists.size(); ++node) {
    CATCH_REQUIRE(Read(view, node) == Sorted(graph.lists[node]));
  }
  CATCH_REQUIRE(view.status().ok());
}

// Opens what may be corrupt and reads all of it. True when anything complained.
bool Complains(const std::string& path) {
  const absl::StatusOr<GraphView> view = GraphView::Open(path);
  if (!view.ok()) return true;
  std::vector<NodeId> ids;
  bool failed = false;
  for (uint32_t node = 0; node < std::min(view->node_count(), 100'000U); ++node) {
    failed |= !view->Neighbors(NodeId(node), &ids);
    for (const NodeId id : ids) CATCH_REQUIRE(id.value < view->node_count());
  }
  for (const NodeId id : view->entry_points()) CATCH_REQUIRE(id.value < view->node_count());
  CATCH_REQUIRE(failed == !view->status().ok());
  return failed;
}

CATCH_TEST_CASE("a graph read back is the graph written") {
  const testing::TempFolder folder;
  const std::string path = folder.File("graph.bin");
  for (const uint32_t nodes : {0, 1, 2, 8, 9, 1000, 40'000}) {
    const Adjacency graph = testing::RandomGraph(nodes, 30, nodes);
    CATCH_REQUIRE(WriteGraph(path, graph).ok());
    const absl::StatusOr<GraphView> view = GraphView::Open(path);
    CATCH_REQUIRE(view.ok());
    CheckEqual(*view, graph);
  }
}

CATCH_TEST_CASE("a node that does not exist is an error, not a read") {
  const testing::TempFolder folder;
  CATCH_REQUIRE(WriteGraph(folder.File("g"), testing::RandomGraph(10, 3, 1)).ok());
  const absl::StatusOr<GraphView> view = GraphView::Open(folder.File("g"));
  std::vector<NodeId> ids = {NodeId(1)};
  CATCH_CHECK_FALSE(view->Neighbors(NodeId(10), &ids));
  CATCH_CHECK(ids.empty());
  CATCH_CHECK(view->status().code() == absl::StatusCode::kDataLoss);
}

CATCH_TEST_CASE("every flipped byte of a file is noticed") {
  const testing::TempFolder folder;
  CATCH_REQUIRE(WriteGraph(folder.File("graph.bin"), testing::RandomGraph(60, 6, 3)).ok());
  const std::string sound = folder.Read("graph.bin");
  CATCH_REQUIRE_FALSE(Complains(folder.File("graph.bin")));
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string bad = sound;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    CATCH_INFO("byte " << i);
    CATCH_REQUIRE(Complains(folder.Write("bad.bin", bad)));
  }
}

CATCH_TEST_CASE("a file cut short is noticed") {
  const testing::TempFolder folder;
  CATCH_REQUIRE(WriteGraph(folder.File("graph.bin"), testing::RandomGraph(60, 6, 3)).ok());
  const std::string sound = folder.Read("graph.bin");
  for (size_t size = 0; size < sound.size(); size += 7) {
    CATCH_REQUIRE(Complains(folder.Write("bad.bin", sound.substr(0, size))));
  }
}

// As a writer with a bug, or malice, would leave it: wrong content, right CRCs.
CATCH_TEST_CASE("a wrong payload under right checksums never yields a wild id") {
  const testing::TempFolder folder;
  CATCH_REQUIRE(WriteGraph(folder.File("graph.bin"), testing::RandomGraph(60, 6, 3)).ok());
  const auto file = CheckedFile::Open(folder.File("graph.bin"), kGraphMagic, kGraphVersion);
  CATCH_REQUIRE(file.ok());
  CATCH_REQUIRE((*file)->Touch(0, (*file)->bytes().size()));
  const std::string payload(AsString((*file)->bytes()));
  std::mt19937_64 random(4);
  const std::string path = folder.File("bad.bin");
  int noticed = 0;
  // Each write syncs, so a sample: header and index byte by byte, then anywhere.
  for (size_t i = 0; i < 500; ++i) {
    std::string bad = payload;
    bad[i < 150 ? i : random() % bad.size()] = static_cast<char>(random());
    for (int n = 0; i >= 350 && n < 5; ++n) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    if (i >= 450) bad.resize(random() % bad.size());
    CATCH_REQUIRE(WriteCheckedFile(path, kGraphMagic, kGraphVersion, AsBytes(bad)).ok());
    noticed += Complains(path);
  }
  CATCH_CHECK(noticed > 100);
}

CATCH_TEST_CASE("the golden file of version 1 reads as it always did") {
  const char* source = std::getenv("SEEKD_TEST_SOURCE_DIR");
  CATCH_REQUIRE(source != nullptr);
  Adjacency graph;
  graph.lists = {{1, 2, 3, 300, 511}, {0}, {}, {4, 2, 0}};
  graph.lists.resize(600);
  for (uint32_t node = 4; node < 600; ++node) {
    for (uint32_t i = 0; i < node % 7; ++i) {
      const uint32_t id = (node * 37 + i * i * 101) % 600;
      auto& list = graph.lists[node];
      if (id != node && std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
    }
  }
  graph.entry_points = {NodeId(511), NodeId(0), NodeId(42)};
  const std::string golden = std::string(source) + "/tests/golden/graph-v1.bin";
  const absl::StatusOr<GraphView> view = GraphView::Open(golden);
  CATCH_REQUIRE(view.ok());
  CheckEqual(*view, graph);
  CATCH_CHECK(view->file_bytes() == EncodedGraphBytes(graph));
}

CATCH_TEST_CASE("threads may read one view together") {
  const testing::TempFolder folder;
  const Adjacency graph = testing::RandomGraph(5000, 10, 5);
  CATCH_REQUIRE(WriteGraph(folder.File("g"), graph).ok());
  const absl::StatusOr<GraphView> view = GraphView::Open(folder.File("g"));
  std::vector<uint64_t> sums(4, 0);
  std::vector<std::thread> threads;
  for (uint64_t& sum : sums) {
    threads.emplace_back([&sum, &view] {
      for (uint32_t node = 0; node < 5000; ++node) {
        for (const uint32_t id : Read(*view, node)) sum += id;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const uint64_t sum : sums) CATCH_CHECK(sum == sums[0]);
}

}  // namespace
}  // namespace seekd
