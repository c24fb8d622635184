#include "server/errors.h"

#include <optional>
#include <string>

#include "core/text/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

template <typename Message>
std::optional<Message> DetailOf(const google::rpc::Status& status) {
  for (const google::protobuf::Any& detail : status.details()) {
    Message message;
    if (detail.UnpackTo(&message)) return message;
  }
  return std::nullopt;
}

CATCH_TEST_CASE("OK stays OK") {
  CATCH_CHECK(ToGrpcStatus(absl::OkStatus()).ok());
  CATCH_CHECK(ToRpcStatus(absl::OkStatus()).details().empty());
}

CATCH_TEST_CASE("Every code maps to the same canonical code, with an ErrorInfo first") {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "what happened");
    const grpc::Status out = ToGrpcStatus(status);
    CATCH_CHECK(static_cast<int>(out.error_code()) == code);
    CATCH_CHECK(out.error_message() == "what happened");
    google::rpc::Status details;
    CATCH_REQUIRE(details.ParseFromString(out.error_details()));
    CATCH_CHECK(details.code() == code);
    google::rpc::ErrorInfo info;
    CATCH_REQUIRE(details.details(0).UnpackTo(&info));
    CATCH_CHECK(info.domain() == "seekd");
    CATCH_CHECK(info.reason() == absl::StatusCodeToString(status.code()));
  }
}

CATCH_TEST_CASE("A field error names the field in a BadRequest") {
  const google::rpc::Status status = ToRpcStatus(FieldError("top_k", "expected 1, found 0"));
  CATCH_CHECK(status.message() == "top_k: expected 1, found 0");
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  CATCH_REQUIRE(bad_request);
  CATCH_CHECK(bad_request->field_violations(0).field() == "top_k");
  CATCH_CHECK(bad_request->field_violations(0).description() == "expected 1, found 0");
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(status)->reason() == "INVALID_FIELD");
}

CATCH_TEST_CASE("Resource and reason travel together") {
  const auto status = ToRpcStatus(
      WithReason(WithResource(absl::NotFoundError("no"), "seekd.v1.Collection", "collections/x"),
                 "COLLECTION_NOT_FOUND"));
  CATCH_CHECK(DetailOf<google::rpc::ResourceInfo>(status)->resource_name() == "collections/x");
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(status)->reason() == "COLLECTION_NOT_FOUND");
  CATCH_CHECK(status.details_size() == 2);
}

CATCH_TEST_CASE("What may be retried says when") {
  CATCH_CHECK(DetailOf<google::rpc::RetryInfo>(ToRpcStatus(absl::UnavailableError("x"))));
  CATCH_CHECK(DetailOf<google::rpc::RetryInfo>(ToRpcStatus(absl::ResourceExhaustedError("x"))));
  CATCH_CHECK(!DetailOf<google::rpc::RetryInfo>(ToRpcStatus(absl::InternalError("x"))));
  const auto own =
      ToRpcStatus(WithRetryAfter(absl::UnavailableError("x"), std::chrono::milliseconds(2500)));
  CATCH_CHECK(own.details_size() == 2);
  CATCH_CHECK(DetailOf<google::rpc::RetryInfo>(own)->retry_delay().seconds() == 2);
  CATCH_CHECK(DetailOf<google::rpc::RetryInfo>(own)->retry_delay().nanos() == 500'000'000);
}

CATCH_TEST_CASE("Messages are valid UTF-8 and small enough for a trailer") {
  std::string message;
  while (message.size() < 100'000) message += "\xC3\xA9\xFF";
  for (const absl::Status& status : {absl::InternalError(message), FieldError("name", message),
                                     WithResource(absl::NotFoundError(message), "t", message)}) {
    const grpc::Status out = ToGrpcStatus(status);
    CATCH_CHECK(ValidUtf8Prefix(out.error_message()) == out.error_message().size());
    CATCH_CHECK(3 * out.error_message().size() + 4 * out.error_details().size() / 3 < 7000);
    CATCH_CHECK(google::rpc::Status().ParseFromString(out.error_details()));
  }
}

}  // namespace
}  // namespace seekd
