// What config.json says of a model that another machine runs: which server, how it is
// spoken to, and whether text may travel there. See docs/encoders.md for the settings.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_REMOTE_SPEC_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_REMOTE_SPEC_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace seekd {

enum class RemoteProtocol {
  kTei,     // tei.v1 of text-embeddings-inference: takes text, answers rows
  kKserve,  // KServe v2 (Triton and others): takes token ids, answers tensors
};

// How a row comes out of an answer of one vector per token.
enum class TokenPooling { kMean, kFirst };

struct ServerAddress {
  std::string host;  // an IPv6 literal in its brackets
  uint16_t port = 0;
  bool tls = false;

  // A literal of this machine, or "localhost".
  bool IsLoopback() const;
  std::string Target() const;  // "host:port"
};

// "host:port" and "http://host:port": plaintext; "https://host:port": TLS. INVALID_ARGUMENT.
absl::StatusOr<ServerAddress> ParseServerAddress(std::string_view url);

struct KserveSpec {
  std::string model;
  std::string version;  // "": the server chooses
  std::string input_ids = "input_ids";
  std::string attention_mask = "attention_mask";
  std::string token_type_ids = "token_type_ids";
  std::string output;  // "": the only one, or the one with the usual name
  TokenPooling pooling = TokenPooling::kMean;
  bool special_tokens = true;  // [CLS] before and [SEP] behind each input
};

struct RemoteSpec {
  RemoteProtocol protocol = RemoteProtocol::kTei;
  ServerAddress address;
  std::string ca_file;  // roots of TLS in PEM; "": the system's
  uint32_t dim = 0;
  uint32_t max_input_tokens = 0;  // without special tokens
  KserveSpec kserve;

  // Performance.
  std::chrono::milliseconds deadline{10'000};  // of a batch, all its calls and retries together
  uint32_t max_batch_rows = 32;                // of a call, with the row that checks the server
  uint64_t max_batch_tokens = 16384;           // of a call, padded
  uint32_t in_flight = 4;                      // calls at once

  // "tei at https://gpu.example:443": for people.
  std::string Describe() const;
};

// Reads `dir`/config.json. Errors: NOT_FOUND, DATA_LOSS (not JSON), INVALID_ARGUMENT (a setting
// that is missing, out of range or not supported; plaintext to another machine without
// "allow_plaintext").
absl::StatusOr<RemoteSpec> LoadRemoteSpec(const std::string& dir);

// The same from the file's content; `dir` is where a relative "ca_file" is looked for.
absl::StatusOr<RemoteSpec> ParseRemoteSpec(std::string_view json, const std::string& dir);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_REMOTE_SPEC_H_
