// Health, sockets, tokens and trailers of the served API.
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/served_engine.h"
#include "tests/server/stubs.h"
#include "tests/support/catch.h"

namespace seekd::testing {
namespace {

// health v1 without its stub: a service name in, "\x08\x01" (SERVING) or "\x08\x02" out.
std::string Health(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::string message;
  if (!service.empty()) message = {'\x0A', static_cast<char>(service.size())};
  message += service;
  grpc::Slice slice(message);
  grpc::ByteBuffer request(&slice, 1), response;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return "error";
  std::vector<grpc::Slice> slices;
  response.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& part : slices) {
    bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  return bytes == "\x08\x01" ? "SERVING" : bytes == "\x08\x02" ? "NOT_SERVING" : "?" + bytes;
}

CATCH_TEST_CASE("Health follows the life of the daemon; calls before and after are UNAVAILABLE") {
  ServedEngine served;
  Stubs stubs(served.Connect());
  CATCH_CHECK(Health(served.Connect(), "") == "NOT_SERVING");
  CATCH_CHECK(Health(served.Connect(), "seekd.v1.SearchService") == "NOT_SERVING");
  const grpc::Status opening = Create(stubs, "c");
  CATCH_CHECK(opening.error_code() == grpc::StatusCode::UNAVAILABLE);
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(opening).reason() == "OPENING");
  CATCH_CHECK(DetailOf<google::rpc::RetryInfo>(opening).retry_delay().nanos() > 0);
  served.Open();
  CATCH_CHECK(Health(served.Connect(), "seekd.v1.SearchService") == "SERVING");
  CATCH_CHECK(Create(stubs, "c").ok());
  served.Drain();
  CATCH_CHECK(Health(served.Connect(), "") == "NOT_SERVING");
  const grpc::Status draining = Create(stubs, "d");
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(draining).reason() == "SHUTTING_DOWN");
}

CATCH_TEST_CASE("A request id comes back in the trailers") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  grpc::ClientContext given, none;
  given.AddMetadata("x-request-id", "mine-1");
  v1::GetStatusResponse status;
  CATCH_REQUIRE(stubs.status->GetStatus(&given, {}, &status).ok());
  CATCH_REQUIRE(stubs.status->GetStatus(&none, {}, &status).ok());
  const auto id_of = [](const grpc::ClientContext& context) {
    const auto it = context.GetServerTrailingMetadata().find("x-request-id");
    return it == context.GetServerTrailingMetadata().end()
               ? std::string()
               : std::string(it->second.data(), it->second.size());
  };
  CATCH_CHECK(id_of(given) == "mine-1");
  CATCH_CHECK(!id_of(none).empty());
}

CATCH_TEST_CASE(
    "Queries of a million characters work, larger ones and 20 MB requests are refused") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  v1::SearchResponse found;
  CATCH_CHECK(Search(stubs, TextRequest(std::string(1'000'000, 'x')), &found).ok());
  CATCH_CHECK(Search(stubs, TextRequest(std::string(1'000'001, 'x')), &found).error_code() ==
              grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(Search(stubs, TextRequest(""), &found).error_code() ==
              grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(Search(stubs, TextRequest(std::string(20'000'000, 'x')), &found).error_code() ==
              grpc::StatusCode::RESOURCE_EXHAUSTED);
  CATCH_CHECK(Search(stubs, TextRequest("still there"), &found).ok());
}

CATCH_TEST_CASE("Garbage on the socket disturbs nobody") {
  ServedEngine served;
  served.Open();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(served.socket_path(), address.sun_path);
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  CATCH_REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  const std::string garbage(10'000, '\xAA');
  CATCH_CHECK(send(fd.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL) > 0);
  CATCH_CHECK(Health(served.Connect(), "") == "SERVING");
}

CATCH_TEST_CASE("TCP wants the token, of every service; the unix socket does not") {
  ServedEngine served("127.0.0.1:0");
  served.Open();
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", served.tcp_port()),
                                           grpc::InsecureChannelCredentials());
  Stubs stubs(channel);
  const auto status_with = [&](const std::string& header) {
    grpc::ClientContext context;
    if (!header.empty()) context.AddMetadata("authorization", header);
    v1::GetStatusResponse response;
    return stubs.status->GetStatus(&context, {}, &response).error_code();
  };
  CATCH_CHECK(status_with("") == grpc::StatusCode::UNAUTHENTICATED);
  CATCH_CHECK(status_with("Bearer wrong") == grpc::StatusCode::UNAUTHENTICATED);
  CATCH_CHECK(status_with(absl::StrCat("Bearer ", served.token())) == grpc::StatusCode::OK);
  CATCH_CHECK(Health(channel, "") == "error");
  CATCH_CHECK(Health(served.Connect(), "") == "SERVING");
}

CATCH_TEST_CASE("A second server on a TCP port fails") {
  ServedEngine served("127.0.0.1:0");
  Serving serving(1, 100);
  const auto second =
      GrpcServer::Start(&serving, {absl::StrCat("127.0.0.1:", served.tcp_port()), "t"});
  CATCH_CHECK(absl::IsUnavailable(second.status()));
}

}  // namespace
}  // namespace seekd::testing
