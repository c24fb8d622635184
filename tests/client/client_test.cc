// The client against a small server of this process, through a real unix socket.
#include "client/seekd_client.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "client/endpoint.h"
#include "client/health_check.h"
#include "client/rpc_status.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"
#include "seekd/v1/documents.grpc.pb.h"
#include "seekd/v1/index.grpc.pb.h"
#include "seekd/v1/search.grpc.pb.h"
#include "seekd/v1/status.grpc.pb.h"
#include "tests/client/temporary_folder.h"
#include "tests/support/catch.h"

namespace seekd::client {
namespace {

class FakeSearch final : public v1::SearchService::Service {
 public:
  // "wait" holds the call until it is cancelled; "fail" has details; else one hit.
  grpc::Status Search(grpc::ServerContext* context, const v1::SearchRequest* request,
                      v1::SearchResponse* response) override {
    if (request->text() == "wait") {
      waiting = true;
      while (!context->IsCancelled()) std::this_thread::yield();
      return grpc::Status::CANCELLED;
    }
    if (request->text() == "fail") return Failure();
    response->add_hits()->set_text(request->text());
    return grpc::Status::OK;
  }

  // One answer on the way and the final one; none for "nothing".
  grpc::Status StreamSearch(grpc::ServerContext*, const v1::SearchRequest* request,
                            grpc::ServerWriter<v1::SearchResponse>* writer) override {
    if (request->text() == "nothing") return grpc::Status::OK;
    v1::SearchResponse response;
    response.add_hits()->set_text(request->text());
    writer->Write(response);
    response.mutable_stats()->set_complete(true);
    writer->Write(response);
    return grpc::Status::OK;
  }

  std::atomic<bool> waiting = false;

 private:
  static grpc::Status Failure() {
    google::rpc::Status status;
    google::rpc::ErrorInfo info;
    info.set_reason("COLLECTION_NOT_FOUND");
    status.add_details()->PackFrom(info);
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such collection",
                        status.SerializeAsString());
  }
};

class FakeDocuments final : public v1::DocumentService::Service {
 public:
  grpc::Status AddDocuments(grpc::ServerContext*,
                            grpc::ServerReader<v1::AddDocumentsRequest>* reader,
                            v1::AddDocumentsResponse* response) override {
    v1::AddDocumentsRequest request;
    while (reader->Read(&request)) {
      messages.push_back(request);
      if (request.header().document_id() == "refuse") {
        return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "disk full");
      }
      response->set_added_count(response->added_count() + (request.has_header() ? 1 : 0));
    }
    return grpc::Status::OK;
  }
  grpc::Status ReadDocument(grpc::ServerContext*, const v1::ReadDocumentRequest*,
                            grpc::ServerWriter<v1::ReadDocumentResponse>* writer) override {
    for (const char* part : {"one ", "two"}) {
      v1::ReadDocumentResponse response;
      response.set_text(part);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }

  std::vector<v1::AddDocumentsRequest> messages;
};

class FakeIndex final : public v1::IndexService::Service {
 public:
  // "operations/cut" ends before it is done.
  grpc::Status WatchOperation(grpc::ServerContext*, const v1::WatchOperationRequest* request,
                              grpc::ServerWriter<google::longrunning::Operation>* writer) override {
    google::longrunning::Operation operation;
    operation.set_name(request->name());
    writer->Write(operation);
    if (request->name() == "operations/cut") return grpc::Status::OK;
    operation.set_done(true);
    writer->Write(operation);
    return grpc::Status::OK;
  }
};

class FakeStatus final : public v1::StatusService::Service {
 public:
  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    response->set_api_version(api_version);
    return grpc::Status::OK;
  }

  std::string api_version = "v1";
};

struct FakeDaemon {
  FakeDaemon() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix://" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(&search);
    builder.RegisterService(&documents);
    builder.RegisterService(&index);
    builder.RegisterService(&status);
    server = builder.BuildAndStart();
  }
  ~FakeDaemon() { server->Shutdown(); }

  std::unique_ptr<Client> Connect(Interrupt* interrupt = nullptr) const {
    ConnectOptions options;
    options.socket_path = socket;
    options.interrupt = interrupt;
    return Client::Connect(options).value();
  }

  const TemporaryFolder folder;
  const std::string socket = folder / "s";
  FakeSearch search;
  FakeDocuments documents;
  FakeIndex index;
  FakeStatus status;
  std::unique_ptr<grpc::Server> server;
};

v1::SearchRequest Query(const std::string& text) {
  v1::SearchRequest request;
  request.set_text(text);
  return request;
}

CATCH_TEST_CASE("a call and its answer") {
  const FakeDaemon daemon;
  const auto response = daemon.Connect()->Search(Query("hello"));
  CATCH_REQUIRE(response.ok());
  CATCH_CHECK(response->hits(0).text() == "hello");
}

CATCH_TEST_CASE("an error and its details") {
  const FakeDaemon daemon;
  const absl::Status status = daemon.Connect()->Search(Query("fail")).status();
  CATCH_CHECK(absl::IsNotFound(status));
  CATCH_CHECK(DetailsOf(status).reason == "COLLECTION_NOT_FOUND");
}

CATCH_TEST_CASE("an interrupt cancels the running call and the next, until it is acknowledged") {
  FakeDaemon daemon;
  Interrupt interrupt;
  const auto client = daemon.Connect(&interrupt);
  std::thread trigger([&] {
    while (!daemon.search.waiting) std::this_thread::yield();
    interrupt.Trigger();
  });
  CATCH_CHECK(absl::IsCancelled(client->Search(Query("wait")).status()));
  trigger.join();
  CATCH_CHECK(interrupt.triggered());
  CATCH_CHECK(absl::IsCancelled(client->Search(Query("hello")).status()));
  interrupt.Acknowledge();
  CATCH_CHECK(client->Search(Query("hello")).ok());
}

CATCH_TEST_CASE("a deadline ends the call") {
  const FakeDaemon daemon;
  const absl::Status status =
      daemon.Connect()->Search(Query("wait"), Client::Milliseconds(20)).status();
  CATCH_CHECK((absl::IsDeadlineExceeded(status) || absl::IsCancelled(status)));
}

CATCH_TEST_CASE("an upload names the collection once and cuts long documents") {
  FakeDaemon daemon;
  const auto client = daemon.Connect();
  const auto upload = client->BeginUpload("notes");
  v1::AddDocumentsRequest::Header header;
  header.set_document_id("short");
  CATCH_CHECK(upload->Add(header, "text"));
  header.set_document_id("long");
  const std::string text(1'200'000, 'x');
  CATCH_CHECK(upload->Add(header, text));
  header.set_document_id("empty");
  CATCH_CHECK(upload->Add(header, ""));
  const auto response = upload->Finish();
  CATCH_REQUIRE(response.ok());
  CATCH_CHECK(response->added_count() == 3);
  const auto& messages = daemon.documents.messages;
  CATCH_REQUIRE(messages.size() == 5);
  CATCH_CHECK(messages[0].parent() == "collections/notes");
  std::string joined;
  for (size_t i = 1; i < 4; ++i) {
    CATCH_CHECK(messages[i].parent().empty());
    CATCH_CHECK(messages[i].has_header() == (i == 1));
    CATCH_CHECK(messages[i].data().size() <= 1 << 20);
    joined += messages[i].data();
  }
  CATCH_CHECK(joined == text);
}

CATCH_TEST_CASE("an upload without documents still names its collection") {
  FakeDaemon daemon;
  const auto client = daemon.Connect();
  CATCH_CHECK(client->BeginUpload("notes")->Finish().ok());
  CATCH_REQUIRE(daemon.documents.messages.size() == 1);
  CATCH_CHECK(daemon.documents.messages[0].parent() == "collections/notes");
}

CATCH_TEST_CASE("a refused upload says why, an abandoned one ends") {
  const FakeDaemon daemon;
  const auto client = daemon.Connect();
  const auto upload = client->BeginUpload("notes");
  v1::AddDocumentsRequest::Header header;
  header.set_document_id("refuse");
  upload->Add(header, "text");
  CATCH_CHECK(upload->Finish().status() == absl::ResourceExhaustedError("disk full"));
  client->BeginUpload("notes")->Add({}, "never finished");
}

CATCH_TEST_CASE("streams arrive in order") {
  const FakeDaemon daemon;
  std::string text;
  CATCH_CHECK(
      daemon.Connect()->ReadDocument({}, [&](std::string_view part) { text += part; }).ok());
  CATCH_CHECK(text == "one two");
}

CATCH_TEST_CASE("a watch ends with a finished operation, or is an error") {
  const FakeDaemon daemon;
  const auto client = daemon.Connect();
  int reports = 0;
  const auto last = client->WatchOperation("operations/1", [&](const auto&) { ++reports; });
  CATCH_REQUIRE(last.ok());
  CATCH_CHECK(last->done());
  CATCH_CHECK(reports == 2);
  CATCH_CHECK(
      absl::IsInternal(client->WatchOperation("operations/cut", [](const auto&) {}).status()));
}

CATCH_TEST_CASE("a streamed search shows each answer and returns the last") {
  const FakeDaemon daemon;
  const auto client = daemon.Connect();
  std::vector<bool> complete;
  const auto ask = [&](const std::string& text) {
    return client->StreamSearch(Query(text), Client::Milliseconds(0), [&](const auto& response) {
      complete.push_back(response.stats().complete());
    });
  };
  const auto last = ask("hello");
  CATCH_REQUIRE(last.ok());
  CATCH_CHECK(last->hits(0).text() == "hello");
  CATCH_CHECK(complete == std::vector<bool>{false, true});
  CATCH_CHECK(absl::IsInternal(ask("nothing").status()));
}

CATCH_TEST_CASE("another API version is refused") {
  FakeDaemon daemon;
  CATCH_CHECK(daemon.Connect()->CheckApiVersion().ok());
  daemon.status.api_version = "v2";
  const absl::Status status = daemon.Connect()->CheckApiVersion();
  CATCH_CHECK(absl::IsFailedPrecondition(status));
  CATCH_CHECK(DetailsOf(status).reason == "API_VERSION_MISMATCH");
}

CATCH_TEST_CASE("health") {
  const FakeDaemon daemon;
  CATCH_CHECK(daemon.Connect()->CheckHealth().ok());
  daemon.server->GetHealthCheckService()->SetServingStatus(false);
  CATCH_CHECK(absl::IsUnavailable(daemon.Connect()->CheckHealth()));
  CATCH_CHECK(SaysServing(std::string_view("\x08\x01", 2)));
  CATCH_CHECK_FALSE(SaysServing(std::string_view("\x08\x02", 2)));
  CATCH_CHECK_FALSE(SaysServing(""));
}

CATCH_TEST_CASE("a call that the daemon does not know is an error") {
  const FakeDaemon daemon;
  CATCH_CHECK(absl::IsUnimplemented(daemon.Connect()->GetDocument({}).status()));
}

CATCH_TEST_CASE("socket paths with characters that mean something in a URI") {
  const TemporaryFolder folder;
  const FakeDaemon daemon;
  const std::string link = folder / "a %20 b?#ü";
  std::filesystem::create_symlink(daemon.socket, link);
  ConnectOptions options;
  options.socket_path = link;
  CATCH_CHECK(Client::Connect(options).value()->CheckHealth().ok());
}

CATCH_TEST_CASE("nothing there, and what else can be wrong with a socket") {
  const TemporaryFolder folder;
  const absl::Status missing = ProbeSocket(folder / "s");
  CATCH_CHECK(absl::IsUnavailable(missing));
  CATCH_CHECK(DetailsOf(missing).reason == "DAEMON_NOT_RUNNING");
  CATCH_CHECK(absl::IsUnavailable(ProbeSocket(folder.Write("file", ""))));
  CATCH_CHECK(absl::IsInvalidArgument(ProbeSocket(folder / std::string(200, 'x'))));
}

CATCH_TEST_CASE("token files") {
  const TemporaryFolder folder;
  CATCH_CHECK(*ReadTokenFile(folder.Write("good", "secret\n")) == "secret");
  CATCH_CHECK(absl::IsFailedPrecondition(ReadTokenFile(folder.Write("open", "s", 0644)).status()));
  CATCH_CHECK(absl::IsFailedPrecondition(ReadTokenFile(folder.Write("empty", "")).status()));
  CATCH_CHECK(absl::IsNotFound(ReadTokenFile(folder / "missing").status()));
  ConnectOptions half;
  half.tcp_address = "127.0.0.1:1";
  CATCH_CHECK(absl::IsInvalidArgument(Client::Connect(half).status()));
}

}  // namespace
}  // namespace seekd::client
