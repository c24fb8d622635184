// How a batch is cut into calls, and when a call that failed is tried again. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_CALL_PLAN_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_CALL_PLAN_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "embedding_service/remote/inference_server.h"

namespace seekd {

struct CallRange {
  size_t begin = 0;
  size_t end = 0;

  friend bool operator==(const CallRange&, const CallRange&) = default;
};

// Cuts inputs of the given lengths (tokens, without special ones), in their order, into calls
// within `limits` that have room for `extra_rows` short ones besides. A single input may exceed
// max_tokens, never max_rows. REQUIRES: limits.max_rows > extra_rows.
std::vector<CallRange> CutIntoCalls(std::span<const size_t> lengths, const CallLimits& limits,
                                    uint32_t extra_rows);

// How long to wait before attempt number `attempt` (the second is 1), after `error`; none: not
// tried again. Only what may pass by itself is, UNAVAILABLE and RESOURCE_EXHAUSTED, with pauses
// that double, each cut to between a half and all of it by `jitter` (0 to 1), so that clients
// that failed together do not come back together.
std::optional<std::chrono::milliseconds> PauseBefore(int attempt, const absl::Status& error,
                                                     double jitter);

inline constexpr int kMaxAttempts = 6;  // with pauses of 3.1 s at most

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_CALL_PLAN_H_
