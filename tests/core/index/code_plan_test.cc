#include "core/index/code_plan.h"

#include <cstdint>
#include <vector>

#include "core/codes/codes.h"
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

const std::vector<CodeShape> kShared = {
    {8, 4, 256, true}, {20, 4, 256, true}, {38, 4, 256, true}, {64, 4, 256, true}};

CodeLimits WithShared() {
  CodeLimits limits = kLimits;
  limits.shared = kShared;
  return limits;
}

CATCH_TEST_CASE("Codes by the model's codebook are the longest that fit") {
  for (const uint64_t nodes : {1ULL, 60ULL, 3'000ULL, 90'000ULL}) {
    for (size_t i = 0; i < kShared.size(); ++i) {
      const uint64_t budget = CodesFileBytes(256, kShared[i], nodes);
      const auto plan = PlanSharedCodes(budget, nodes, WithShared());
      CATCH_REQUIRE(plan.ok());
      CATCH_CHECK(plan->code_bytes == kShared[i].code_bytes);
      CATCH_CHECK(plan->shared);
      const auto less = PlanSharedCodes(budget - 1, nodes, WithShared());
      if (i == 0) {
        CATCH_CHECK(absl::IsResourceExhausted(less.status()));
      } else {
        CATCH_CHECK(less->code_bytes == kShared[i - 1].code_bytes);
      }
    }
  }
  CodeLimits limits = WithShared();
  limits.max_code_bytes = 37;
  CATCH_CHECK(PlanSharedCodes(1 << 20, 60, limits)->code_bytes == 20);
  CATCH_CHECK(absl::IsResourceExhausted(PlanSharedCodes(1 << 20, 60, kLimits).status()));
}

CATCH_TEST_CASE("A small collection takes the model's codebook, a large one makes its own") {
  CATCH_CHECK(PlanCodes(60 * 40, 60, WithShared())->shared);
  CATCH_CHECK(PlanCodes(5'000 * 40, 5'000, WithShared())->shared);
  CATCH_CHECK(PlanCodes(16'000 * 64, 16'000, WithShared())->shared);
  CATCH_CHECK_FALSE(PlanCodes(16'400 * 64, 16'400, WithShared())->shared);
  CATCH_CHECK_FALSE(PlanCodes(1'000'000 * 40, 1'000'000, WithShared())->shared);
  CATCH_CHECK_FALSE(PlanCodes(16'400 * 38, 16'400, WithShared())->shared);
  // An own one would have to save on centroids; a small sample cannot train all of them.
  CATCH_CHECK(PlanCodes(16'400 * 20, 16'400, WithShared())->shared);
  CodeLimits untrained = WithShared();
  untrained.sample_rows = 9'000;
  CATCH_CHECK(PlanCodes(1'000'000 * 40, 1'000'000, untrained)->shared);
  CATCH_CHECK_FALSE(PlanCodes(5'000 * 40, 5'000, kLimits)->shared);
}

}  // namespace
}  // namespace seekd
