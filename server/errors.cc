#include "server/errors.h"

#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "core/text/utf8.h"
#include "google/rpc/error_details.pb.h"

namespace seekd {
namespace {

constexpr char kDomain[] = "seekd";
constexpr char kTypePrefix[] = "type.googleapis.com/";
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxDetailBytes = 256;
constexpr std::chrono::milliseconds kDefaultRetryDelay{1000};

absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }

// Protobuf strings are valid UTF-8; messages may quote a file name that is not.
std::string Printable(std::string_view text, size_t max_bytes) {
  std::string repaired = RepairUtf8(text.substr(0, max_bytes + 4));
  if (repaired.size() <= max_bytes) return repaired;
  repaired.resize(FloorToUtf8Border(repaired, max_bytes));
  return repaired + "...";
}

template <typename Message>
std::string TypeUrl() {
  return kTypePrefix + std::string(Message::descriptor()->full_name());
}

template <typename Message>
void Attach(const Message& detail, absl::Status* status) {
  status->SetPayload(TypeUrl<Message>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Message>
bool Has(const absl::Status& status) {
  return status.GetPayload(TypeUrl<Message>()).has_value();
}

google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload(TypeUrl<google::rpc::ErrorInfo>());
  if (payload) info.ParseFromString(std::string(*payload));
  if (info.reason().empty()) info.set_reason(absl::StatusCodeToString(status.code()));
  info.set_domain(kDomain);
  return info;
}

bool MayBeRetried(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted ||
         status.code() == absl::StatusCode::kUnavailable;
}

void AddPayloads(const absl::Status& status, google::rpc::Status* out) {
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (url == TypeUrl<google::rpc::ErrorInfo>()) return;  // first already
    google::protobuf::Any* detail = out->add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
}

}  // namespace

absl::Status FieldError(std::string_view field, std::string_view description) {
  google::rpc::BadRequest bad_request;
  google::rpc::BadRequest::FieldViolation* violation = bad_request.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(Printable(description, kMaxDetailBytes));
  absl::Status status =
      absl::InvalidArgumentError(absl::StrCat(ToAbsl(field), ": ", ToAbsl(description)));
  Attach(bad_request, &status);
  return WithReason(std::move(status), "INVALID_FIELD");
}

absl::Status AsFieldError(std::string_view field, const absl::Status& status) {
  return FieldError(field, std::string(status.message()));
}

absl::Status WithReason(absl::Status status, std::string_view reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  Attach(info, &status);
  return status;
}

absl::Status WithResource(absl::Status status, std::string_view type, std::string_view name) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(std::string(type));
  resource.set_resource_name(Printable(name, kMaxDetailBytes));
  Attach(resource, &status);
  return status;
}

absl::Status WithRetryAfter(absl::Status status, std::chrono::milliseconds delay) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(delay.count() / 1000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(delay.count() % 1000) * 1'000'000);
  Attach(retry, &status);
  return status;
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int32_t>(status.code()));
  if (status.ok()) return out;
  out.set_message(Printable({status.message().data(), status.message().size()}, kMaxMessageBytes));
  out.add_details()->PackFrom(InfoOf(status));
  absl::Status complete = status;
  if (MayBeRetried(status) && !Has<google::rpc::RetryInfo>(status)) {
    complete = WithRetryAfter(std::move(complete), kDefaultRetryDelay);
  }
  AddPayloads(complete, &out);
  return out;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rpc = ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.SerializeAsString());
}

}  // namespace seekd
