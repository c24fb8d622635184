// Many searches at once on a pool: equal to the same searches one by one.
#include <asio/co_spawn.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#include <future>

#include "core/search/search.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Search: concurrent searches equal the same searches one by one") {
  const SearchFixture& collection = SmallCollection();
  const VectorSet queries = QueriesNear(collection.vectors(), 44, 40, 0.1F);
  const auto source = collection.NewSource();
  const auto options_of = [&](uint32_t q) {
    SearchOptions options;
    options.strategy = kAllStrategies[q % std::size(kAllStrategies)];
    options.top_k = 5;
    return options;
  };
  asio::thread_pool pool(4);
  std::vector<std::future<absl::StatusOr<SearchResult>>> running;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    running.push_back(asio::co_spawn(
        pool, Search(collection.index(), RowOf(queries, q), options_of(q), source.get()),
        asio::use_future));
  }
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const auto together = running[q].get();
    const auto alone =
        RunSearch(collection.index(), RowOf(queries, q), options_of(q), source.get());
    CATCH_REQUIRE(together.ok());
    CATCH_REQUIRE(alone.ok());
    CATCH_REQUIRE(together->chunks.size() == alone->chunks.size());
    for (size_t i = 0; i < alone->chunks.size(); ++i) {
      CATCH_CHECK(together->chunks[i].chunk == alone->chunks[i].chunk);
    }
  }
  pool.join();
}

}  // namespace
}  // namespace seekd
