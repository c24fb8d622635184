#include "embedding_service/remote/call_plan.h"

#include <algorithm>
#include <random>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("calls are as large as the limits allow", "[call_plan]") {
  const std::vector<size_t> lengths = {8, 8, 8, 3, 3, 3, 3, 3};
  const CallLimits rows{4, 1000, 2, 0};
  CATCH_CHECK(CutIntoCalls(lengths, rows, 1) == std::vector<CallRange>{{0, 3}, {3, 6}, {6, 8}});
  CATCH_CHECK(CutIntoCalls(lengths, rows, 0) == std::vector<CallRange>{{0, 4}, {4, 8}});
  const CallLimits tokens{100, 30, 2, 0};
  CATCH_CHECK(CutIntoCalls(lengths, tokens, 1) == std::vector<CallRange>{{0, 2}, {2, 4}, {4, 8}});
  const CallLimits padded{100, 30, 2, 10};
  CATCH_CHECK(CutIntoCalls(lengths, padded, 1).size() == 4);
  CATCH_CHECK(CutIntoCalls({}, rows, 1).empty());
}

CATCH_TEST_CASE("every input is in one call, within the limits", "[call_plan]") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<size_t> lengths(random() % 40);
    for (size_t& length : lengths) length = 1 + random() % 50;
    CallLimits limits;
    limits.max_rows = 2 + static_cast<uint32_t>(random() % 8);
    limits.max_tokens = 1 + random() % 200;
    limits.special_tokens = static_cast<uint32_t>(random() % 3);
    size_t at = 0;
    for (const CallRange call : CutIntoCalls(lengths, limits, 1)) {
      CATCH_REQUIRE(call.begin == at);
      CATCH_REQUIRE(call.end > call.begin);
      at = call.end;
      const size_t rows = call.end - call.begin + 1;
      CATCH_REQUIRE(rows <= limits.max_rows);
      size_t longest = 0;
      for (size_t i = call.begin; i < call.end; ++i) longest = std::max(longest, lengths[i]);
      const bool fits = rows * (longest + limits.special_tokens) <= limits.max_tokens;
      CATCH_REQUIRE((fits || rows == 2));
    }
    CATCH_REQUIRE(at == lengths.size());
  }
}

CATCH_TEST_CASE("only what may pass is tried again, after pauses that double", "[call_plan]") {
  using std::chrono::milliseconds;
  const absl::Status away = absl::UnavailableError("");
  CATCH_CHECK(PauseBefore(1, away, 1) == milliseconds(100));
  CATCH_CHECK(PauseBefore(3, absl::ResourceExhaustedError(""), 1) == milliseconds(400));
  CATCH_CHECK(PauseBefore(3, away, 0) == milliseconds(200));
  CATCH_CHECK(PauseBefore(kMaxAttempts - 1, away, 1) == milliseconds(1600));
  CATCH_CHECK_FALSE(PauseBefore(kMaxAttempts, away, 1));
  CATCH_CHECK_FALSE(PauseBefore(1, absl::InternalError(""), 1));
  CATCH_CHECK_FALSE(PauseBefore(1, absl::FailedPreconditionError(""), 1));
}

}  // namespace
}  // namespace seekd
