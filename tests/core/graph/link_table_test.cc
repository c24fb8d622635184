#include "core/graph/link_table.h"

#include <algorithm>
#include <thread>

#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

std::vector<uint32_t> Links(const LinkTable& table, uint32_t node) {
  std::vector<uint32_t> links;
  table.Read(node, &links);
  return links;
}

CATCH_TEST_CASE("links are made both ways, once") {
  const VectorSet vectors = testing::ClusteredVectors(10, 8, 2, 1);
  const VectorDistances distances(vectors);
  LinkTable table(distances, 4);
  const std::vector<uint32_t> selected = {3, 5};
  table.Connect(1, selected);
  table.Connect(1, selected);
  CATCH_CHECK(Links(table, 1) == selected);
  CATCH_CHECK(Links(table, 3) == std::vector<uint32_t>{1});
  CATCH_CHECK(Links(table, 5) == std::vector<uint32_t>{1});
  CATCH_CHECK(table.Release()[3] == std::vector<uint32_t>{1});
}

CATCH_TEST_CASE("a full list shrinks by the RNG rule and never exceeds the cap") {
  VectorSet line{.dim = 1, .values = {0, 1, 2, 3, 4}};
  const VectorDistances distances(line);
  LinkTable table(distances, 3);
  for (const uint32_t node : {4U, 3U, 2U}) table.Connect(node, std::vector<uint32_t>{0});
  CATCH_CHECK(Links(table, 0) == std::vector<uint32_t>{4, 3, 2});
  table.Connect(1, std::vector<uint32_t>{0});
  CATCH_CHECK(Links(table, 0) == std::vector<uint32_t>{1});  // it hides the others
}

CATCH_TEST_CASE("threads may connect at the same time") {
  constexpr uint32_t kNodes = 64;
  const VectorSet vectors = testing::ClusteredVectors(kNodes, 8, 2, 1);
  const VectorDistances distances(vectors);
  LinkTable table(distances, 6);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&table, t] {
      for (uint32_t i = 0; i < 2000; ++i) {
        const uint32_t node = (i * 7 + t) % kNodes;
        const std::vector<uint32_t> selected = {(node + 1 + i % 9) % kNodes};
        table.Connect(node, selected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<uint32_t>& list : table.Release()) {
    CATCH_CHECK(!list.empty());
    CATCH_CHECK(list.size() <= 6);
    for (const uint32_t id : list) CATCH_CHECK(id < kNodes);
  }
}

}  // namespace
}  // namespace seekd
