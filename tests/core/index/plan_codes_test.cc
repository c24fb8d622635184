#include <cstdint>

#include "core/codes/codes.h"
#include "core/index/generation_builder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("Codes never exceed their budget and waste less than one byte a node") {
  for (const uint64_t nodes : {100ULL, 3'000ULL, 50'000ULL, 220'000ULL}) {
    for (const uint64_t per_node : {20ULL, 37ULL, 55ULL}) {
      const uint64_t budget = nodes * per_node + 40'000;
      const auto plan = PlanCodes(budget, 256, nodes, 64);
      CATCH_REQUIRE(plan.ok());
      CATCH_CHECK(CodesFileBytes(256, plan->code_bytes, plan->centroids, nodes) <= budget);
      if (plan->code_bytes < 64) {
        CATCH_CHECK(CodesFileBytes(256, plan->code_bytes + 1, plan->centroids, nodes) > budget);
      }
    }
  }
}

CATCH_TEST_CASE("A large collection gets the full codebook, a small one a smaller") {
  CATCH_CHECK(PlanCodes(220'000 * 40, 256, 220'000, 64)->centroids == 256);
  CATCH_CHECK(PlanCodes(32 << 10, 256, 200, 64)->centroids < 256);
}

CATCH_TEST_CASE("A budget that cannot be met is said to be one") {
  const auto plan = PlanCodes(1000, 256, 10'000, 64);
  CATCH_REQUIRE(absl::IsResourceExhausted(plan.status()));
  CATCH_CHECK(plan.status().message().find("10000 chunks") != std::string::npos);
}

}  // namespace
}  // namespace seekd
