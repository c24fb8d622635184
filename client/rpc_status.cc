#include "client/rpc_status.h"

#include "absl/strings/cord.h"
#include "google/protobuf/any.pb.h"
#include "google/rpc/error_details.pb.h"

namespace seekd::client {
namespace {

constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

void AttachDetails(const google::rpc::Status& from, absl::Status* to) {
  for (const google::protobuf::Any& detail : from.details()) {
    to->SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
}

template <typename Message>
bool ReadDetail(const absl::Status& status, const char* url, Message* message) {
  const auto payload = status.GetPayload(url);
  return payload.has_value() && message->ParseFromString(std::string(*payload));
}

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) AttachDetails(details, &result);
  return result;
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.code()), status.message());
  if (!result.ok()) AttachDetails(status, &result);
  return result;
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  if (google::rpc::ErrorInfo info; ReadDetail(status, kErrorInfoUrl, &info)) {
    details.reason = info.reason();
    details.metadata.insert(info.metadata().begin(), info.metadata().end());
  }
  if (google::rpc::BadRequest bad; ReadDetail(status, kBadRequestUrl, &bad)) {
    for (const auto& violation : bad.field_violations()) {
      details.violations.emplace_back(violation.field(), violation.description());
    }
  }
  if (google::rpc::RetryInfo retry; ReadDetail(status, kRetryInfoUrl, &retry)) {
    details.retry_seconds = static_cast<double>(retry.retry_delay().seconds()) +
                            1e-9 * static_cast<double>(retry.retry_delay().nanos());
  }
  return details;
}

absl::Status WithReason(absl::Status status, const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("seek");
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

}  // namespace seekd::client
