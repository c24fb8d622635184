#include "embedding_service/batch_layout.h"

#include <algorithm>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Batches = std::vector<std::vector<uint32_t>>;

CATCH_TEST_CASE("PackBatches: longest first, closed by the padded budget", "[batch_layout]") {
  const std::vector<uint32_t> lengths = {10, 100, 50, 100, 1};
  // 100 + 100 = 200 fits; 50 * 3 fits together with 10 and 1.
  CATCH_CHECK(PackBatches(lengths, 200) == Batches{{1, 3}, {2, 0, 4}});
  CATCH_CHECK(PackBatches(lengths, 199) == Batches{{1}, {3}, {2, 0, 4}});
  CATCH_CHECK(PackBatches({}, 200).empty());
}

CATCH_TEST_CASE("PackBatches: oversized and empty inputs", "[batch_layout]") {
  CATCH_CHECK(PackBatches(std::vector<uint32_t>{300, 5, 301}, 100) == Batches{{2}, {0}, {1}});
  CATCH_CHECK(PackBatches(std::vector<uint32_t>{0, 0, 0}, 2) == Batches{{0, 1}, {2}});
  CATCH_CHECK(PackBatches(std::vector<uint32_t>{0}, 0) == Batches{{0}});
}

CATCH_TEST_CASE("PackBatches: properties on random lengths", "[batch_layout]") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint32_t> lengths(random() % 60);
    for (uint32_t& length : lengths) length = random() % 300;
    const uint64_t budget = 1 + random() % 2000;
    const Batches batches = PackBatches(lengths, budget);

    std::vector<uint32_t> all;
    uint32_t last = UINT32_MAX;
    for (const auto& batch : batches) {
      CATCH_REQUIRE(!batch.empty());
      if (batch.size() > 1) CATCH_CHECK(batch.size() * lengths[batch[0]] <= budget);
      for (uint32_t i : batch) {
        CATCH_CHECK(lengths[i] <= last);
        last = lengths[i];
        all.push_back(i);
      }
    }
    std::ranges::sort(all);
    CATCH_REQUIRE(all.size() == lengths.size());
    for (uint32_t i = 0; i < all.size(); ++i) CATCH_CHECK(all[i] == i);
    // No two neighbours could have been one batch.
    for (size_t b = 1; b < batches.size(); ++b) {
      const uint64_t longest = std::max(lengths[batches[b - 1][0]], 1u);
      CATCH_CHECK((batches[b - 1].size() + 1) * longest > budget);
    }
  }
}

}  // namespace
}  // namespace seekd
