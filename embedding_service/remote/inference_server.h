// A server that turns token sequences into vectors, spoken to in one protocol. What is
// common to all (splitting, retrying, checking, scaling) is RemoteEncoder's.
//
// Implementations: MakeTeiServer, MakeKserveServer. Thread safety: any thread may call any
// member.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_INFERENCE_SERVER_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_INFERENCE_SERVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"
#include "embedding_service/encoder.h"
#include "embedding_service/remote/remote_spec.h"

namespace seekd {

using CallDeadline = std::chrono::system_clock::time_point;

// Of one call.
struct CallLimits {
  uint32_t max_rows = 0;
  uint64_t max_tokens = 0;      // rows * longest, special tokens included
  uint32_t special_tokens = 0;  // added to each input
  uint32_t padded_length = 0;   // of every row, special tokens included; 0: of the longest one
};

// Errors of both calls: UNAVAILABLE (not there, or too slow), RESOURCE_EXHAUSTED (it has too
// much to do), FAILED_PRECONDITION (it is not the server that config.json describes), INTERNAL
// (it answered something that is no answer). Each names the server.
class InferenceServer {
 public:
  virtual ~InferenceServer() = default;

  // Asks the server what it serves, and how much of it at once.
  virtual absl::StatusOr<CallLimits> Inspect(CallDeadline deadline) = 0;

  // One call. Writes inputs.size() * dim floats, not scaled, not looked at. REQUIRES: an Inspect
  // that succeeded, inputs within its limits, none empty.
  virtual absl::Status Encode(std::span<const TokenSpan> inputs, CallDeadline deadline,
                              float* rows) = 0;

  // False: the next call may meet another server than the last one.
  virtual bool connected() const = 0;

  // Ends running calls and refuses later ones (UNAVAILABLE).
  virtual void Interrupt() = 0;
};

// `dir` holds the tokenizer's file. Errors: those of reading files.
absl::StatusOr<std::unique_ptr<InferenceServer>> MakeTeiServer(const RemoteSpec& spec,
                                                               const Tokenizer& tokenizer,
                                                               const std::string& dir);
absl::StatusOr<std::unique_ptr<InferenceServer>> MakeKserveServer(const RemoteSpec& spec,
                                                                  const Tokenizer& tokenizer);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_INFERENCE_SERVER_H_
