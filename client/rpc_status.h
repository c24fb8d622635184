// gRPC and google.rpc errors as absl::Status. The details travel as payloads
// under their type URLs, so that nothing is lost on the way to the user.
#ifndef SEEKD_CLIENT_RPC_STATUS_H_
#define SEEKD_CLIENT_RPC_STATUS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace seekd::client {

// The code, message and details of a finished call.
absl::Status FromGrpcStatus(const grpc::Status& status);

// The same for an error inside a message (a failed operation).
absl::Status FromRpcStatus(const google::rpc::Status& status);

// What an error's details say; empty where the daemon sent none.
struct ErrorDetails {
  std::string reason;  // ErrorInfo.reason, e.g. "COLLECTION_NOT_FOUND"
  std::map<std::string, std::string> metadata;
  // BadRequest: field and description.
  std::vector<std::pair<std::string, std::string>> violations;
  // RetryInfo; negative: none.
  double retry_seconds = -1;
};
ErrorDetails DetailsOf(const absl::Status& status);

// `status` with an ErrorInfo of `reason`, for errors found by the client itself.
absl::Status WithReason(absl::Status status, const std::string& reason);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_RPC_STATUS_H_
