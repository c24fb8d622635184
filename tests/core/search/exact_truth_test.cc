#include "core/search/exact_truth.h"

#include <algorithm>
#include <functional>

#include "core/vector/distance.h"
#include "tests/core/search/search_fixture.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("TopScores equals a sort, for any number of threads") {
  const VectorSet vectors = RandomVectors(2, 1000, 16);
  const VectorSet queries = QueriesNear(vectors, 3, 9, 0.2F);
  for (const uint32_t k : {1U, 3U, 1000U}) {
    const auto one = TopScores(vectors, queries, {}, k, 1, nullptr);
    const auto three = TopScores(vectors, queries, {}, k, 3, nullptr);
    CATCH_REQUIRE(one.ok());
    CATCH_REQUIRE(three.ok());
    CATCH_CHECK(*one == *three);
    for (uint32_t q = 0; q < queries.size(); ++q) {
      std::vector<float> scores;
      for (uint32_t i = 0; i < vectors.size(); ++i) {
        scores.push_back(InnerProduct(queries.row(q), vectors.row(i), 16));
      }
      std::sort(scores.begin(), scores.end(), std::greater<>());
      scores.resize(k);
      CATCH_CHECK((*one)[q] == scores);
    }
  }
}

CATCH_TEST_CASE("TopScores leaves one row out of each query") {
  const VectorSet vectors = RandomVectors(2, 1000, 16);
  std::vector<NodeId> self(vectors.size());
  for (uint32_t i = 0; i < vectors.size(); ++i) self[i] = NodeId{i};
  const auto all = TopScores(vectors, vectors, {}, 2, 3, nullptr);
  const auto others = TopScores(vectors, vectors, self, 1, 3, nullptr);
  CATCH_REQUIRE(all.ok());
  CATCH_REQUIRE(others.ok());
  // The best of all is the row itself.
  for (uint32_t q = 0; q < vectors.size(); ++q) CATCH_CHECK((*others)[q][0] == (*all)[q][1]);
}

CATCH_TEST_CASE("TopScores can be withdrawn") {
  const VectorSet vectors = RandomVectors(2, 1000, 16);
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->Cancel();
  CATCH_CHECK(TopScores(vectors, vectors, {}, 3, 2, cancellation).status().code() ==
              absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace seekd
