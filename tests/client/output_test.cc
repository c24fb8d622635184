#include "client/output.h"

#include "client/date.h"
#include "client/json_output.h"
#include "client/resource_names.h"
#include "client/rpc_status.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/catch.h"

namespace seekd::client {
namespace {

google::rpc::Status NotFoundProto() {
  google::rpc::Status status;
  status.set_code(5);
  status.set_message("no collection \"x\"");
  google::rpc::ErrorInfo info;
  info.set_reason("COLLECTION_NOT_FOUND");
  info.set_domain("seekd");
  (*info.mutable_metadata())["collection"] = "x";
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("parent");
  violation->set_description("names nothing \x1b[31m");
  status.add_details()->PackFrom(bad);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  status.add_details()->PackFrom(retry);
  return status;
}

CATCH_TEST_CASE("details of a gRPC error survive") {
  const google::rpc::Status proto = NotFoundProto();
  const grpc::Status from_wire(grpc::StatusCode::NOT_FOUND, proto.message(),
                               proto.SerializeAsString());
  for (const absl::Status& status : {FromGrpcStatus(from_wire), FromRpcStatus(proto)}) {
    CATCH_CHECK(absl::IsNotFound(status));
    const ErrorDetails details = DetailsOf(status);
    CATCH_CHECK(details.reason == "COLLECTION_NOT_FOUND");
    CATCH_CHECK(details.metadata.at("collection") == "x");
    CATCH_CHECK(details.violations.at(0).first == "parent");
    CATCH_CHECK(details.retry_seconds == Approx(0.5));
  }
}

CATCH_TEST_CASE("an error without details is an error still") {
  const absl::Status status =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone", "\xff garbage"));
  CATCH_CHECK(status == absl::UnavailableError("gone"));
  CATCH_CHECK(DetailsOf(status).reason.empty());
  CATCH_CHECK(DetailsOf(status).retry_seconds < 0);
  CATCH_CHECK(FromGrpcStatus(grpc::Status::OK).ok());
}

CATCH_TEST_CASE("errors for people: what, why, what to do, nothing that steers the terminal") {
  const std::string text = ErrorText(FromRpcStatus(NotFoundProto()));
  CATCH_CHECK(text ==
              "seek: no collection \"x\"\n  parent: names nothing \\x1b[31m\n"
              "  try again in 0.50 s");
}

CATCH_TEST_CASE("errors for scripts") {
  const Json json = ErrorJson(FromRpcStatus(NotFoundProto()));
  const Json& error = json.at("error");
  CATCH_CHECK(error.at("code") == "NOT_FOUND");
  CATCH_CHECK(error.at("reason") == "COLLECTION_NOT_FOUND");
  CATCH_CHECK(error.at("message") == "no collection \"x\"");
  CATCH_CHECK(error.at("metadata").at("collection") == "x");
  CATCH_CHECK(error.at("field_violations").at(0).at("field") == "parent");
  const Json plain = ErrorJson(absl::InternalError("x"));
  CATCH_CHECK(plain.at("error").at("reason") == "");
  CATCH_CHECK(plain.at("error").at("metadata").is_object());
}

CATCH_TEST_CASE("exit codes") {
  CATCH_CHECK(ExitCodeFor(absl::OkStatus(), false) == ExitCode::kOk);
  CATCH_CHECK(ExitCodeFor(absl::UnavailableError(""), false) == ExitCode::kUnreachable);
  CATCH_CHECK(ExitCodeFor(absl::DeadlineExceededError(""), false) == ExitCode::kUnreachable);
  CATCH_CHECK(ExitCodeFor(absl::NotFoundError(""), false) == ExitCode::kRefused);
  CATCH_CHECK(ExitCodeFor(absl::InvalidArgumentError(""), false) == ExitCode::kRefused);
  CATCH_CHECK(ExitCodeFor(absl::DataLossError(""), false) == ExitCode::kInternal);
  CATCH_CHECK(ExitCodeFor(absl::CancelledError(""), true) == ExitCode::kInterrupted);
  CATCH_CHECK(ExitCodeFor(absl::CancelledError(""), false) == ExitCode::kRefused);
  CATCH_CHECK(static_cast<int>(ExitCode::kInterrupted) == 130);
}

CATCH_TEST_CASE("a hit in JSON has the names that scripts rely on") {
  v1::SearchResponse response;
  v1::Hit* hit = response.add_hits();
  hit->set_chunk("collections/notes/chunks/17");
  hit->set_collection("collections/notes");
  hit->set_document_id("/a/b.md");
  hit->set_text("bad \xff byte");
  hit->set_line_begin(3);
  auto* range = hit->add_highlights();
  range->set_begin(1);
  range->set_end(4);
  response.mutable_stats()->set_stop_reason("converged");
  const Json json = ToJson(response);
  const Json& first = json.at("hits").at(0);
  CATCH_CHECK(first.at("id") == 17);
  CATCH_CHECK(first.at("collection") == "notes");
  CATCH_CHECK(first.at("highlights").at(0) == Json({1, 4}));
  CATCH_CHECK(first.at("modify_time").is_null());
  for (const char* name : {"document", "path", "title", "score", "text", "byte_begin", "byte_end",
                           "line_begin", "line_end"}) {
    CATCH_CHECK(first.contains(name));
  }
  for (const char* name : {"recomputed", "cache_hits", "elapsed_us", "stop_reason", "complete"}) {
    CATCH_CHECK(json.at("stats").contains(name));
  }
  // Invalid UTF-8 never breaks the JSON.
  CATCH_CHECK(DumpJson(json, false).find("bad \xef\xbf\xbd byte") != std::string::npos);
  CATCH_CHECK(DumpJson(json, true).find("bad \\ufffd byte") != std::string::npos);
}

CATCH_TEST_CASE("the ledger in JSON has the names that scripts rely on") {
  v1::GetStatusResponse response;
  response.set_store_bytes(40);
  response.set_directory_bytes(50);
  response.add_collections()->set_collection("collections/notes");
  const Json json = ToJson(response);
  const Json& collection = json.at("collections").at(0);
  CATCH_CHECK(collection.at("name") == "notes");
  CATCH_CHECK(collection.at("store_bytes") == 40);
  CATCH_CHECK(collection.at("directory_bytes") == 50);
  CATCH_CHECK(collection.at("health").at("code") == "OK");
  for (const char* name : {"documents", "chunks", "nodes", "text_bytes", "graph_bytes",
                           "code_bytes", "node_bytes", "index_bytes", "skipped"}) {
    CATCH_CHECK(collection.at(name) == 0);
  }
  CATCH_CHECK(collection.at("codebook") == "own");
}

CATCH_TEST_CASE("an empty answer is an empty list, not null") {
  CATCH_CHECK(ToJson(v1::SearchResponse()).at("hits") == Json::array());
  CATCH_CHECK(ToJson(v1::GetStatusResponse()).at("collections") == Json::array());
}

CATCH_TEST_CASE("resource names") {
  CATCH_CHECK(CollectionName("notes") == "collections/notes");
  CATCH_CHECK(DocumentName("notes", "/a/b.md") == "collections/notes/documents//a/b.md");
  CATCH_CHECK(ChunkName("notes", 17) == "collections/notes/chunks/17");
  CATCH_CHECK(CollectionIdOf("collections/notes/chunks/17") == "notes");
  CATCH_CHECK(CollectionIdOf("other") == "other");
  CATCH_CHECK(ChunkIdOf("collections/notes/chunks/17") == 17);
  CATCH_CHECK(ChunkIdOf("collections/notes/chunks/x") == 0);
  CATCH_CHECK(ChunkIdOf("") == 0);
}

CATCH_TEST_CASE("dates") {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const absl::TimeZone zone = absl::FixedTimeZone(2 * 3600);
  const auto unix_seconds = [&](const char* text) {
    return absl::ToUnixSeconds(ParseDate(text, now, zone).value());
  };
  CATCH_CHECK(unix_seconds("1970-01-02") == 86'400 - 7'200);
  CATCH_CHECK(unix_seconds("1970") == -7'200);
  CATCH_CHECK(unix_seconds("1970-02") == 31 * 86'400 - 7'200);
  CATCH_CHECK(unix_seconds("1970-01-01T02:01") == 60);
  CATCH_CHECK(unix_seconds("1970-01-01T00:00:05Z") == 5);
  CATCH_CHECK(unix_seconds("1970-01-01T00:00:00-01:00") == 3'600);
  CATCH_CHECK(unix_seconds("7d") == 1'700'000'000 - 7 * 86'400);
  CATCH_CHECK(unix_seconds("2w") == 1'700'000'000 - 14 * 86'400);
  for (const char* bad : {"", "x", "7y", "-7d", "2024-13-01", "2024-05-17T", "yesterday"}) {
    CATCH_CHECK_FALSE(ParseDate(bad, now, zone).ok());
  }
}

}  // namespace
}  // namespace seekd::client
