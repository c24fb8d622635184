#include "core/graph/beam_search.h"

#include <algorithm>
#include <random>

#include "core/vector/distance.h"
#include "tests/core/vector/random_vectors.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("the beam keeps what a sorted list would keep") {
  std::mt19937 random(1);
  for (uint32_t capacity : {1U, 2U, 5U, 64U}) {
    Beam beam;
    beam.Reset(capacity);
    std::vector<Candidate> all;
    for (uint32_t i = 0; i < 300; ++i) {
      const Candidate candidate{static_cast<float>(random() % 100), i};
      all.push_back(candidate);
      beam.Insert(candidate);
      std::sort(all.begin(), all.end());
      all.resize(std::min<size_t>(all.size(), capacity));
      const auto kept = beam.candidates();
      CATCH_REQUIRE(std::equal(kept.begin(), kept.end(), all.begin(), all.end()));
    }
  }
}

CATCH_TEST_CASE("the beam hands out each candidate once, nearest first") {
  Beam beam;
  beam.Reset(3);
  uint32_t node = 0;
  CATCH_CHECK_FALSE(beam.PopNearest(&node));
  beam.Insert({5, 50});
  beam.Insert({3, 30});
  CATCH_CHECK(beam.PopNearest(&node));
  CATCH_CHECK(node == 30);
  beam.Insert({1, 10});
  CATCH_CHECK(beam.PopNearest(&node));
  CATCH_CHECK(node == 10);
  beam.Insert({4, 40});  // pushes 50 out
  CATCH_CHECK(beam.PopNearest(&node));
  CATCH_CHECK(node == 40);
  CATCH_CHECK_FALSE(beam.PopNearest(&node));
}

CATCH_TEST_CASE("visits are forgotten by Clear, however often") {
  VisitedNodes visited(3);
  for (int i = 0; i < 70'000; ++i) {
    visited.Clear();
    if (i % 1000 == 0) CATCH_REQUIRE(visited.Visit(0));  // stale by 1000 epochs
    CATCH_REQUIRE(visited.Visit(2));
    CATCH_REQUIRE_FALSE(visited.Visit(2));
  }
}

struct Complete {
  uint32_t nodes;
  void operator()(uint32_t, std::vector<uint32_t>* out) const {
    out->resize(nodes);
    for (uint32_t i = 0; i < nodes; ++i) (*out)[i] = i;
  }
};

CATCH_TEST_CASE("on a complete graph the result is the exact order") {
  const VectorSet vectors = testing::ClusteredVectors(200, 12, 5, 2);
  BeamSearch search(vectors.size());
  for (uint32_t query = 0; query < 20; ++query) {
    const std::vector<uint32_t> starts = {7};
    const auto found =
        search.Run(DistancesTo(vectors, vectors.row(query)), starts, 50, query, Complete{200});
    std::vector<Candidate> truth;
    for (uint32_t i = 0; i < 200; ++i) {
      if (i == query) continue;
      truth.push_back({SquaredDistance(vectors.row(query), vectors.row(i), 12), i});
    }
    std::sort(truth.begin(), truth.end());
    truth.resize(50);
    // When the query is the only start, nothing is found.
    if (query == 7) {
      CATCH_CHECK(found.empty());
    } else {
      CATCH_CHECK(std::equal(found.begin(), found.end(), truth.begin(), truth.end()));
    }
  }
}

}  // namespace
}  // namespace seekd
