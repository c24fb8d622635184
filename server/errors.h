// Errors on their way out: an absl::Status, with google.rpc detail messages as
// its payloads, becomes a grpc::Status whose details are a google.rpc.Status
// (https://google.aip.dev/193; docs/api.md lists the reasons). Pure.
//
// Every error carries an ErrorInfo of domain "seekd". BadRequest,
// ResourceInfo and RetryInfo stand beside it where they help.
#ifndef SEEKD_SERVER_ERRORS_H_
#define SEEKD_SERVER_ERRORS_H_

#include <chrono>
#include <string_view>

#include <grpcpp/support/status.h>
#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace seekd {

// INVALID_ARGUMENT, reason INVALID_FIELD, with a BadRequest.
absl::Status FieldError(std::string_view field, std::string_view description);
// `status` (one that is not OK), its message prefixed by the field, as FieldError.
absl::Status AsFieldError(std::string_view field, const absl::Status& status);

// Adds what is known; the code and the message stay.
absl::Status WithReason(absl::Status status, std::string_view reason);
absl::Status WithResource(absl::Status status, std::string_view type, std::string_view name);
absl::Status WithRetryAfter(absl::Status status, std::chrono::milliseconds delay);

// Long messages are cut: a response's trailers hold 8 KiB.
google::rpc::Status ToRpcStatus(const absl::Status& status);
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace seekd

#endif  // SEEKD_SERVER_ERRORS_H_
