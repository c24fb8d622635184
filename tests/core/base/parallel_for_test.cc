#include "core/base/parallel_for.h"

#include <atomic>
#include <memory>
#include <vector>

#include "tests/support/catch.h"

namespace seekd {
namespace {

CATCH_TEST_CASE("every item is visited exactly once, by known workers") {
  for (const uint64_t count : {0, 1, 7, 64, 65, 1000}) {
    std::vector<std::atomic<int>> visits(count);
    std::atomic<bool> known{true};
    const ParallelForOptions options{.threads = 3, .grain = 7};
    const absl::Status status =
        ParallelFor(count, options, [&](uint32_t worker, uint64_t begin, uint64_t end) {
          if (worker >= 3 || begin >= end) known = false;
          for (uint64_t i = begin; i < end; ++i) ++visits[i];
        });
    CATCH_REQUIRE(status.ok());
    CATCH_REQUIRE(known.load());
    for (const std::atomic<int>& n : visits) CATCH_REQUIRE(n.load() == 1);
  }
}

CATCH_TEST_CASE("progress is monotone and ends at the count") {
  std::vector<uint64_t> reports;
  ParallelForOptions options{.threads = 4, .grain = 3};
  options.progress = [&](uint64_t done) { reports.push_back(done); };
  CATCH_REQUIRE(ParallelFor(100, options, [](uint32_t, uint64_t, uint64_t) {}).ok());
  CATCH_REQUIRE(std::is_sorted(reports.begin(), reports.end()));
  CATCH_REQUIRE(reports.back() == 100);
}

CATCH_TEST_CASE("a withdrawn loop stops and says so") {
  const auto cancellation = std::make_shared<Cancellation>();
  std::atomic<uint64_t> items{0};
  ParallelForOptions options{.threads = 2, .grain = 1, .cancellation = cancellation};
  const absl::Status status =
      ParallelFor(1'000'000, options, [&](uint32_t, uint64_t begin, uint64_t end) {
        items += end - begin;
        if (items.load() > 10) cancellation->Cancel();
      });
  CATCH_CHECK(status.code() == absl::StatusCode::kCancelled);
  CATCH_CHECK(items.load() < 1000);
}

}  // namespace
}  // namespace seekd
