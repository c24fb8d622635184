#include "embedding_service/embedding_cache.h"

#include <list>
#include <random>
#include <thread>

#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr uint32_t kDim = 4;
constexpr uint64_t kEntry = kDim * 4 + EmbeddingCache::kEntryOverheadBytes;

std::vector<float> RowOf(uint64_t id) { return std::vector<float>(kDim, static_cast<float>(id)); }

CATCH_TEST_CASE("the cache holds what fits and drops the oldest", "[embedding_cache]") {
  EmbeddingCache cache(kDim, 2 * kEntry + 1);
  std::vector<float> row(kDim);
  CATCH_CHECK_FALSE(cache.Get(ChunkId(1), row));
  cache.Put(ChunkId(1), RowOf(1));
  cache.Put(ChunkId(2), RowOf(2));
  CATCH_CHECK(cache.Get(ChunkId(1), row));
  CATCH_CHECK(row == RowOf(1));
  cache.Put(ChunkId(3), RowOf(3));  // 2 is the oldest now
  CATCH_CHECK_FALSE(cache.Get(ChunkId(2), row));
  CATCH_CHECK(cache.Get(ChunkId(1), row));
  CATCH_CHECK(cache.Get(ChunkId(3), row));
  CATCH_CHECK(row == RowOf(3));
  CATCH_CHECK(cache.bytes() == 2 * kEntry);
}

CATCH_TEST_CASE("a budget of nothing keeps nothing", "[embedding_cache]") {
  EmbeddingCache cache(kDim, kEntry - 1);
  cache.Put(ChunkId(1), RowOf(1));
  std::vector<float> row(kDim);
  CATCH_CHECK_FALSE(cache.Get(ChunkId(1), row));
  CATCH_CHECK(cache.bytes() == 0);
}

CATCH_TEST_CASE("the cache agrees with an obvious one", "[embedding_cache]") {
  std::mt19937 random(3);
  EmbeddingCache cache(kDim, 10 * kEntry);
  std::list<uint64_t> reference;  // youngest first
  std::vector<float> row(kDim);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t id = 1 + random() % 25;
    const auto it = std::find(reference.begin(), reference.end(), id);
    const bool there = it != reference.end();
    if (there) reference.erase(it);
    if (random() % 2 == 0) {
      CATCH_REQUIRE(cache.Get(ChunkId(id), row) == there);
      if (there) CATCH_REQUIRE(row == RowOf(id));
      if (there) reference.push_front(id);
    } else {
      cache.Put(ChunkId(id), RowOf(id));
      reference.push_front(id);
      if (reference.size() > 10) reference.pop_back();
    }
  }
}

CATCH_TEST_CASE("threads share a cache", "[embedding_cache]") {
  EmbeddingCache cache(kDim, 8 * kEntry);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      std::vector<float> row(kDim);
      for (int i = 0; i < 5000; ++i) {
        const uint64_t id = random() % 16;
        cache.Put(ChunkId(id), RowOf(id));
        if (cache.Get(ChunkId(id), row) && row != RowOf(id)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CATCH_CHECK(wrong == 0);
}

}  // namespace
}  // namespace seekd
