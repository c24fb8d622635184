#include "embedding_service/attention_layout.h"

#include <algorithm>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

using Lengths = std::vector<uint32_t>;

CATCH_TEST_CASE("equal lengths are one rectangle without padding", "[attention]") {
  const AttentionLayout layout = PlanAttention(Lengths{258, 258, 258}, 0.75);
  CATCH_REQUIRE(layout.buckets.size() == 1);
  CATCH_CHECK(layout.buckets[0].length == 258);
  CATCH_CHECK(layout.buckets[0].sequences == 3);
  CATCH_CHECK_FALSE(layout.padded);
  CATCH_CHECK(layout.slots == 3 * 258);
  CATCH_CHECK(layout.token_of_slot.empty());
}

CATCH_TEST_CASE("a much shorter sequence begins a rectangle of its own", "[attention]") {
  const AttentionLayout layout = PlanAttention(Lengths{100, 80, 74, 70, 10, 10}, 0.75);
  CATCH_REQUIRE(layout.buckets.size() == 3);
  CATCH_CHECK(layout.buckets[0].sequences == 2);
  CATCH_CHECK(layout.buckets[0].length == 112);
  CATCH_CHECK(layout.buckets[1].first == 2);
  CATCH_CHECK(layout.buckets[1].length == 80);
  CATCH_CHECK(layout.buckets[2].length == 10);
  CATCH_CHECK_FALSE(layout.buckets[2].padded);
  CATCH_CHECK(PlanAttention(Lengths{100, 80, 74, 70, 10, 10}, 0).buckets.size() == 1);
}

CATCH_TEST_CASE("slots and tokens find each other", "[attention]") {
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    Lengths lengths(1 + random() % 20);
    for (uint32_t& length : lengths) length = 1 + random() % 40;
    if (i % 2 == 0) std::ranges::sort(lengths, std::ranges::greater{});
    const AttentionLayout layout = PlanAttention(lengths, 0.25 * static_cast<double>(i % 5));
    uint32_t next = 0;
    uint64_t slots = 0;
    for (const AttentionBucket& bucket : layout.buckets) {
      CATCH_REQUIRE(bucket.first == next);
      next += bucket.sequences;
      slots += bucket.sequences * bucket.length;
      for (uint32_t s = bucket.first; s < next; ++s) {
        CATCH_REQUIRE(lengths[s] <= bucket.length);
        CATCH_REQUIRE((bucket.padded || lengths[s] == bucket.length));
      }
      if (bucket.padded) CATCH_REQUIRE(bucket.length % kMaskAlignment == 0);
    }
    CATCH_REQUIRE(next == lengths.size());
    CATCH_REQUIRE(layout.slots == slots);
    if (!layout.padded) continue;
    CATCH_REQUIRE(layout.token_of_slot.size() == slots);
    for (size_t t = 0; t < layout.slot_of_token.size(); ++t) {
      const auto slot = static_cast<size_t>(layout.slot_of_token[t]);
      CATCH_REQUIRE(layout.token_of_slot[slot] == static_cast<int32_t>(t));
    }
    const auto [least, most] = std::ranges::minmax(layout.token_of_slot);
    CATCH_REQUIRE(least == 0);
    CATCH_REQUIRE(static_cast<size_t>(most) + 1 == layout.slot_of_token.size());
  }
}

}  // namespace
}  // namespace seekd
