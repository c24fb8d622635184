#include <cstdint>

#include "core/codes/codes.h"
#include "core/index/generation_builder.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

constexpr CodeLimits kLimits{.dim = 256, .sample_rows = 20'000, .max_code_bytes = 64};

CATCH_TEST_CASE("Codes never exceed their budget and waste less than one byte a node") {
  for (const uint64_t nodes : {100ULL, 3'000ULL, 50'000ULL, 220'000ULL}) {
    for (const uint64_t per_node : {20ULL, 37ULL, 55ULL}) {
      const uint64_t budget = nodes * per_node + 40'000;
      const auto plan = PlanCodes(budget, nodes, kLimits);
      CATCH_REQUIRE(plan.ok());
      CATCH_CHECK(CodesFileBytes(256, *plan, nodes) <= budget);
      if (plan->code_bytes < 64) {
        CodeShape longer = *plan;
        ++longer.code_bytes;
        CATCH_CHECK(CodesFileBytes(256, longer, nodes) > budget);
      }
    }
  }
}

CATCH_TEST_CASE("A large collection gets the full codebook, a small one a smaller") {
  CATCH_CHECK(PlanCodes(220'000 * 40, 220'000, kLimits)->centroids == 256);
  CATCH_CHECK(PlanCodes(32 << 10, 200, kLimits)->centroids < 256);
}

CATCH_TEST_CASE("Stages are as many as a collection of that size pays for") {
  const auto stages = [](uint64_t nodes) { return PlanCodes(nodes * 40, nodes, kLimits)->stages; };
  CATCH_CHECK(stages(5'000) == 0);
  CATCH_CHECK(stages(40'000) == 1);
  CATCH_CHECK(stages(100'000) == 2);
  CATCH_CHECK(stages(500'000) == 4);
  CATCH_CHECK(PlanCodes(500'000 * 40, 500'000, {.dim = 256, .sample_rows = 5'000})->stages == 0);
}

CATCH_TEST_CASE("A budget that cannot be met is said to be one") {
  const auto plan = PlanCodes(1000, 10'000, kLimits);
  CATCH_REQUIRE(absl::IsResourceExhausted(plan.status()));
  CATCH_CHECK(plan.status().message().find("10000 chunks") != std::string::npos);
}

}  // namespace
}  // namespace seekd
