#include "embedding_service/remote/call_plan.h"

#include <algorithm>

namespace seekd {
namespace {

constexpr double kFirstPauseMs = 100;

}  // namespace

std::vector<CallRange> CutIntoCalls(std::span<const size_t> lengths, const CallLimits& limits,
                                    uint32_t extra_rows) {
  std::vector<CallRange> calls;
  size_t longest = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const size_t length =
        std::max<size_t>(lengths[i] + limits.special_tokens, limits.padded_length);
    longest = std::max(longest, length);
    const size_t rows = calls.empty() ? 0 : i - calls.back().begin + 1 + extra_rows;
    if (calls.empty() || rows > limits.max_rows || rows * longest > limits.max_tokens) {
      calls.push_back({i, i});
      longest = length;
    }
    calls.back().end = i + 1;
  }
  return calls;
}

std::optional<std::chrono::milliseconds> PauseBefore(int attempt, const absl::Status& error,
                                                     double jitter) {
  const bool may_pass = absl::IsUnavailable(error) || absl::IsResourceExhausted(error);
  if (!may_pass || attempt >= kMaxAttempts) return std::nullopt;
  const double pause_ms = kFirstPauseMs * static_cast<double>(1 << (attempt - 1));
  return std::chrono::milliseconds(static_cast<int64_t>(pause_ms * (0.5 + 0.5 * jitter)));
}

}  // namespace seekd
