// What the batching service needs of a model: rows for a batch of token
// sequences. Knows nothing of queues, requests, priorities or chunk ids.
//
// Implementations: StaticEncoder, TransformerEncoder, DeviceEncoder (and FallbackEncoder around
// it), TorchScriptEncoder, RemoteEncoder; tests use a fake.
// Thread safety: one thread at a time calls Encode; any thread may call the other members.
#ifndef SEEKD_EMBEDDING_SERVICE_ENCODER_H_
#define SEEKD_EMBEDDING_SERVICE_ENCODER_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "core/text/tokenizer.h"

namespace seekd {

// The ids of one input, without special tokens.
using TokenSpan = std::span<const TokenId>;

class BatchEncoder {
 public:
  virtual ~BatchEncoder() = default;
  virtual uint32_t dim() const = 0;
  virtual uint32_t vocab_size() const = 0;        // ids are 0 <= id < vocab_size()
  virtual uint32_t max_input_tokens() const = 0;  // UINT32_MAX: no limit

  // Writes inputs.size() * dim() floats, row i for inputs[i]: a unit vector, or
  // zero for an input without known tokens. A row does not depend on the other
  // inputs of the batch (bit for bit for a token table, within 1e-5 for a
  // padded transformer batch). Best called with inputs of similar length.
  // Errors: INVALID_ARGUMENT (an id or a length outside the limits above),
  // INTERNAL (what the library said), UNAVAILABLE (a device or a server that fails).
  virtual absl::Status Encode(std::span<const TokenSpan> inputs, float* rows) = 0;

  // Whatever has to be there before Encode and is none of its work, such as weights that come back.
  // True: something was done. Errors are Encode's.
  virtual bool Prepare() { return false; }

  // What it runs on, and in which precision where that is not fp32: "cpu", "cuda:0 bf16";
  // "remote".
  virtual std::string device() const { return "cpu"; }

  // What keeps it from encoding anything; OK where the last batch shows nothing of the kind.
  virtual absl::Status health() const { return absl::OkStatus(); }

  // The end is near: an Encode that waits for something returns soon, later ones may fail.
  virtual void Interrupt() {}
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_ENCODER_H_
