#include "embedding_service/model_bench.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "core/base/status_macros.h"

namespace seekd {
namespace {

using BenchClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kMeasureFor{500};
constexpr size_t kMinBatches = 3;

std::vector<std::vector<TokenId>> RandomInputs(uint32_t tokens, uint32_t rows, uint32_t vocab) {
  std::mt19937 random(tokens * 1009 + rows);
  std::uniform_int_distribution<TokenId> token(0, static_cast<TokenId>(vocab) - 1);
  std::vector<std::vector<TokenId>> inputs(rows, std::vector<TokenId>(tokens));
  for (std::vector<TokenId>& input : inputs) {
    for (TokenId& id : input) id = token(random);
  }
  return inputs;
}

}  // namespace

absl::StatusOr<double> ModelBench::RowsPerSecond(uint32_t tokens, uint32_t rows,
                                                 const CancellationPtr& cancellation) {
  const auto inputs = RandomInputs(tokens, rows, encoder_->vocab_size());
  const std::vector<TokenSpan> batch(inputs.begin(), inputs.end());
  std::vector<float> out(size_t{rows} * encoder_->dim());
  if (IsCancelled(cancellation)) return absl::CancelledError("the measurement was cancelled");
  ABSL_RETURN_IF_ERROR(encoder_->Encode(batch, out.data()));
  std::vector<double> seconds;
  const BenchClock::time_point end = BenchClock::now() + kMeasureFor;
  while (seconds.size() < kMinBatches || BenchClock::now() < end) {
    if (IsCancelled(cancellation)) return absl::CancelledError("the measurement was cancelled");
    const BenchClock::time_point begin = BenchClock::now();
    ABSL_RETURN_IF_ERROR(encoder_->Encode(batch, out.data()));
    seconds.push_back(std::chrono::duration<double>(BenchClock::now() - begin).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + static_cast<ptrdiff_t>(seconds.size() / 2));
  return rows / seconds[seconds.size() / 2];
}

}  // namespace seekd
