#include "core/search/search_options.h"

#include <cmath>
#include <string>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("SearchOptions: the defaults are valid") {
  CATCH_CHECK(SearchOptions{}.Validate().ok());
}

CATCH_TEST_CASE("SearchOptions: what is out of range is named with its value") {
  const auto refused = [](auto change, const char* field) {
    SearchOptions options;
    change(options);
    const absl::Status status = options.Validate();
    return status.code() == absl::StatusCode::kInvalidArgument &&
           std::string(status.message()).find(field) == 0;
  };
  CATCH_CHECK(refused([](SearchOptions& o) { o.top_k = 0; }, "top_k: expected 1 to 1000, found 0"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.top_k = 1001; }, "top_k"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.recall_target = 0.49F; }, "recall_target"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.recall_target = 0.995F; }, "recall_target"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.recall_target = std::nanf(""); }, "recall_target"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.batch_rows = 0; }, "batch_rows"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.batch_rows = 5000; }, "batch_rows"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.rerank_ratio = -0.1F; }, "rerank_ratio"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.rerank_ratio = 1.1F; }, "rerank_ratio"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.rerank_ratio = std::nanf(""); }, "rerank_ratio"));
  CATCH_CHECK(refused(
      [](SearchOptions& o) {
        o.strategy = Strategy::kFlat;
        o.first_stage = FirstStage::kBeam;
      },
      "first_stage: expected auto or scan with strategy flat, found beam"));
  CATCH_CHECK(refused([](SearchOptions& o) { o.beam_width = 2'000'000; }, "beam_width"));
}

CATCH_TEST_CASE("Names of strategies and stop reasons") {
  CATCH_CHECK(StrategyName(Strategy::kFrugal) == "frugal");
  CATCH_CHECK(StrategyName(Strategy::kExact) == "exact");
  CATCH_CHECK(StrategyName(Strategy::kFlat) == "flat");
  CATCH_CHECK(StrategyName(Strategy::kBrute) == "brute");
  CATCH_CHECK(StrategyName(Strategy::kTwoLevel) == "two_level");
  CATCH_CHECK(StopReasonName(StopReason::kConverged) == "converged");
  CATCH_CHECK(StopReasonName(StopReason::kExhausted) == "exhausted");
  CATCH_CHECK(StopReasonName(StopReason::kDeadline) == "deadline");
  CATCH_CHECK(StopReasonName(StopReason::kBudget) == "budget");
  CATCH_CHECK(StopReasonName(StopReason::kRunning) == "running");
}

}  // namespace
}  // namespace seekd
