#include "client/seekd_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/endpoint.h"
#include "client/health_check.h"
#include "client/resource_names.h"
#include "client/rpc_status.h"
#include "core/base/location.h"
#include "core/base/status_macros.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "google/protobuf/empty.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "seekd/v1/collections.grpc.pb.h"
#include "seekd/v1/documents.grpc.pb.h"
#include "seekd/v1/index.grpc.pb.h"
#include "seekd/v1/models.grpc.pb.h"
#include "seekd/v1/search.grpc.pb.h"
#include "seekd/v1/status.grpc.pb.h"

namespace seekd::client {
namespace {

using google::longrunning::Operation;
using google::longrunning::Operations;
using std::chrono::milliseconds;
using std::chrono::system_clock;

// An exhaustive answer may hold a million scores.
constexpr int kMaxReceiveBytes = 64 << 20;
// The API allows 1 MiB of a document in a message.
constexpr size_t kUploadPartBytes = 512 << 10;
constexpr milliseconds kDefaultTimeout{60'000};

// gRPC reads the target as a URI: everything but letters, digits and -._~/ is
// percent-encoded (RFC 3986, section 2.1).
std::string UnixTarget(const std::string& path) {
  std::string target = path.front() == '/' ? "unix://" : "unix:";
  for (const char c : path) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      target.push_back(c);
    } else {
      absl::StrAppendFormat(&target, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return target;
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

absl::Status ConnectOptions::Validate() const {
  if (timeout.count() < 0 || long_timeout.count() < 0) {
    return absl::InvalidArgumentError("expected a timeout of at least 0");
  }
  if (tcp_address.empty() != token_file.empty()) {
    return absl::InvalidArgumentError(
        "expected both a TCP address and the token file of the daemon, or neither");
  }
  return absl::OkStatus();
}

struct Client::Impl {
  Impl(ConnectOptions connect_options, std::string bearer_token, const std::string& target)
      : options(std::move(connect_options)),
        token(std::move(bearer_token)),
        channel(MakeChannel(target)),
        collections(v1::CollectionService::NewStub(channel)),
        documents(v1::DocumentService::NewStub(channel)),
        index(v1::IndexService::NewStub(channel)),
        models(v1::ModelService::NewStub(channel)),
        search(v1::SearchService::NewStub(channel)),
        status(v1::StatusService::NewStub(channel)),
        operations(Operations::NewStub(channel)) {}

  // `limit` zero: no deadline.
  void Prepare(grpc::ClientContext* context, milliseconds limit) const {
    if (limit.count() > 0) context->set_deadline(system_clock::now() + limit);
    if (!token.empty()) context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
  }

  milliseconds short_limit() const {
    return options.timeout.count() > 0 ? options.timeout : kDefaultTimeout;
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Unary(const std::unique_ptr<Stub>& stub,
                                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 const Request& request, milliseconds limit,
                                 bool interruptible = true) {
    grpc::ClientContext context;
    Prepare(&context, limit);
    const Interrupt::Scope scope(interruptible ? options.interrupt : nullptr, &context);
    Response response;
    ABSL_RETURN_IF_ERROR(FromGrpcStatus((stub.get()->*method)(&context, request, &response)));
    return response;
  }

  // Reads a server stream to its end. `limit` zero: no deadline.
  template <typename Message, typename Open, typename OnMessage>
  absl::Status Drain(milliseconds limit, const Open& open, const OnMessage& on_message) {
    grpc::ClientContext context;
    Prepare(&context, limit);
    const Interrupt::Scope scope(options.interrupt, &context);
    const auto reader = open(&context);
    Message message;
    while (reader->Read(&message)) on_message(message);
    return FromGrpcStatus(reader->Finish());
  }

  const ConnectOptions options;
  const std::string token;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::CollectionService::Stub> collections;
  const std::unique_ptr<v1::DocumentService::Stub> documents;
  const std::unique_ptr<v1::IndexService::Stub> index;
  const std::unique_ptr<v1::ModelService::Stub> models;
  const std::unique_ptr<v1::SearchService::Stub> search;
  const std::unique_ptr<v1::StatusService::Stub> status;
  const std::unique_ptr<Operations::Stub> operations;
};

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const ConnectOptions& options) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  if (!options.tcp_address.empty()) {
    ABSL_ASSIGN_OR_RETURN(std::string token, ReadTokenFile(options.token_file));
    return std::unique_ptr<Client>(
        new Client(std::make_unique<Impl>(options, std::move(token), options.tcp_address)));
  }
  const std::string path = ResolveSocketPath(options.socket_path);
  ABSL_RETURN_IF_ERROR(CheckSocketFolder(path));
  ABSL_RETURN_IF_ERROR(ProbeSocket(path));
  return std::unique_ptr<Client>(
      new Client(std::make_unique<Impl>(options, std::string(), UnixTarget(path))));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

absl::Status Client::CheckHealth() {
  grpc::ClientContext context;
  impl_->Prepare(&context, impl_->short_limit());
  const Interrupt::Scope scope(impl_->options.interrupt, &context);
  return CheckServing(impl_->channel, &context);
}

absl::Status Client::CheckApiVersion() {
  ABSL_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, GetStatus({}));
  if (status.api_version() == kApiVersion) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "expected a daemon of API version ", kApiVersion, ", found version \"",
                        status.api_version(), "\" (seekd ", status.version(), ")")),
                    "API_VERSION_MISMATCH");
}

absl::StatusOr<v1::GetStatusResponse> Client::GetStatus(const v1::GetStatusRequest& request) {
  return impl_->Unary(impl_->status, &v1::StatusService::Stub::GetStatus, request,
                      impl_->short_limit());
}

absl::StatusOr<v1::Collection> Client::CreateCollection(
    const v1::CreateCollectionRequest& request) {
  return impl_->Unary(impl_->collections, &v1::CollectionService::Stub::CreateCollection, request,
                      impl_->short_limit());
}

absl::StatusOr<v1::Collection> Client::GetCollection(const v1::GetCollectionRequest& request) {
  return impl_->Unary(impl_->collections, &v1::CollectionService::Stub::GetCollection, request,
                      impl_->short_limit());
}

absl::StatusOr<v1::ListCollectionsResponse> Client::ListCollections(
    const v1::ListCollectionsRequest& request) {
  return impl_->Unary(impl_->collections, &v1::CollectionService::Stub::ListCollections, request,
                      impl_->short_limit());
}

absl::StatusOr<v1::Collection> Client::UpdateCollection(
    const v1::UpdateCollectionRequest& request) {
  return impl_->Unary(impl_->collections, &v1::CollectionService::Stub::UpdateCollection, request,
                      impl_->short_limit());
}

absl::Status Client::DeleteCollection(const v1::DeleteCollectionRequest& request) {
  return impl_
      ->Unary(impl_->collections, &v1::CollectionService::Stub::DeleteCollection, request,
              impl_->options.long_timeout)
      .status();
}

absl::StatusOr<v1::ListDocumentsResponse> Client::ListDocuments(
    const v1::ListDocumentsRequest& request) {
  return impl_->Unary(impl_->documents, &v1::DocumentService::Stub::ListDocuments, request,
                      impl_->short_limit());
}

absl::StatusOr<v1::Document> Client::GetDocument(const v1::GetDocumentRequest& request) {
  return impl_->Unary(impl_->documents, &v1::DocumentService::Stub::GetDocument, request,
                      impl_->short_limit());
}

absl::Status Client::DeleteDocument(const v1::DeleteDocumentRequest& request) {
  return impl_
      ->Unary(impl_->documents, &v1::DocumentService::Stub::DeleteDocument, request,
              impl_->short_limit())
      .status();
}

absl::StatusOr<v1::ListSkippedFilesResponse> Client::ListSkippedFiles(
    const v1::ListSkippedFilesRequest& request) {
  return impl_->Unary(impl_->documents, &v1::DocumentService::Stub::ListSkippedFiles, request,
                      impl_->short_limit());
}

absl::Status Client::ReadDocument(const v1::ReadDocumentRequest& request,
                                  const std::function<void(std::string_view)>& on_part) {
  return impl_->Drain<v1::ReadDocumentResponse>(
      impl_->options.long_timeout,
      [&](grpc::ClientContext* context) {
        return impl_->documents->ReadDocument(context, request);
      },
      [&](const v1::ReadDocumentResponse& part) { on_part(part.text()); });
}

absl::Status Client::ExportChunks(
    const v1::ExportChunksRequest& request,
    const std::function<void(const v1::ExportChunksResponse::Chunk&)>& on_chunk) {
  return impl_->Drain<v1::ExportChunksResponse>(
      impl_->options.long_timeout,
      [&](grpc::ClientContext* context) {
        return impl_->documents->ExportChunks(context, request);
      },
      [&](const v1::ExportChunksResponse& part) {
        for (const auto& chunk : part.chunks()) on_chunk(chunk);
      });
}

struct Client::Upload::Impl {
  Impl(Interrupt* interrupt, std::string_view collection_id)
      : scope(interrupt, &context), parent(CollectionName(collection_id)) {}

  grpc::ClientContext context;
  const Interrupt::Scope scope;
  v1::AddDocumentsResponse response;
  std::unique_ptr<grpc::ClientWriter<v1::AddDocumentsRequest>> writer;
  // Sent with the first message only.
  std::string parent;
  bool finished = false;
};

Client::Upload::Upload(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Client::Upload::~Upload() {
  if (impl_->finished) return;
  impl_->context.TryCancel();
  impl_->writer->Finish();
}

bool Client::Upload::Add(const v1::AddDocumentsRequest::Header& header, std::string_view data) {
  v1::AddDocumentsRequest request;
  *request.mutable_header() = header;
  do {
    request.set_parent(std::exchange(impl_->parent, std::string()));
    const std::string_view part = data.substr(0, kUploadPartBytes);
    request.set_data(part.data(), part.size());
    if (!impl_->writer->Write(request)) return false;
    data.remove_prefix(part.size());
    request.Clear();
  } while (!data.empty());
  return true;
}

absl::StatusOr<v1::AddDocumentsResponse> Client::Upload::Finish() {
  // A stream without a message would name no collection.
  if (!impl_->parent.empty()) {
    v1::AddDocumentsRequest request;
    request.set_parent(std::exchange(impl_->parent, std::string()));
    impl_->writer->Write(request);
  }
  impl_->writer->WritesDone();
  impl_->finished = true;
  ABSL_RETURN_IF_ERROR(FromGrpcStatus(impl_->writer->Finish()));
  return std::move(impl_->response);
}

std::unique_ptr<Client::Upload> Client::BeginUpload(std::string_view collection_id) {
  auto upload = std::make_unique<Upload::Impl>(impl_->options.interrupt, collection_id);
  impl_->Prepare(&upload->context, impl_->options.long_timeout);
  upload->writer = impl_->documents->AddDocuments(&upload->context, &upload->response);
  return std::unique_ptr<Upload>(new Upload(std::move(upload)));
}

absl::StatusOr<v1::SearchResponse> Client::Search(const v1::SearchRequest& request,
                                                  Milliseconds deadline) {
  return impl_->Unary(impl_->search, &v1::SearchService::Stub::Search, request,
                      deadline.count() > 0 ? deadline : impl_->short_limit());
}

absl::StatusOr<v1::SearchResponse> Client::StreamSearch(
    const v1::SearchRequest& request, Milliseconds deadline,
    const std::function<void(const v1::SearchResponse&)>& on_response) {
  std::optional<v1::SearchResponse> last;
  ABSL_RETURN_IF_ERROR(impl_->Drain<v1::SearchResponse>(
      deadline.count() > 0 ? deadline : impl_->short_limit(),
      [&](grpc::ClientContext* context) { return impl_->search->StreamSearch(context, request); },
      [&](const v1::SearchResponse& response) {
        last = response;
        on_response(response);
      }));
  if (last.has_value()) return *std::move(last);
  return absl::InternalError("streamed search: expected at least one response");
}

absl::StatusOr<v1::ExhaustiveSearchResponse> Client::ExhaustiveSearch(
    const v1::ExhaustiveSearchRequest& request) {
  return impl_->Unary(impl_->search, &v1::SearchService::Stub::ExhaustiveSearch, request,
                      impl_->options.long_timeout);
}

absl::StatusOr<Operation> Client::IndexFolder(const v1::IndexFolderRequest& request) {
  return impl_->Unary(impl_->index, &v1::IndexService::Stub::IndexFolder, request,
                      impl_->short_limit(), /*interruptible=*/false);
}

absl::StatusOr<Operation> Client::WatchOperation(
    const std::string& name, const std::function<void(const Operation&)>& on_report) {
  v1::WatchOperationRequest request;
  request.set_name(name);
  Operation last;
  ABSL_RETURN_IF_ERROR(impl_->Drain<Operation>(
      impl_->options.long_timeout,
      [&](grpc::ClientContext* context) { return impl_->index->WatchOperation(context, request); },
      [&](const Operation& operation) {
        last = operation;
        on_report(operation);
      }));
  if (last.done()) return last;
  return absl::InternalError(absl::StrCat(name, ": expected a watch until the operation is done"));
}

absl::Status Client::CancelOperation(const std::string& name) {
  google::longrunning::CancelOperationRequest request;
  request.set_name(name);
  return impl_
      ->Unary(impl_->operations, &Operations::Stub::CancelOperation, request, impl_->short_limit(),
              /*interruptible=*/false)
      .status();
}

absl::StatusOr<v1::ListModelsResponse> Client::ListModels(const v1::ListModelsRequest& request) {
  return impl_->Unary(impl_->models, &v1::ModelService::Stub::ListModels, request,
                      impl_->short_limit());
}

absl::StatusOr<v1::Model> Client::AddModel(const v1::AddModelRequest& request) {
  return impl_->Unary(impl_->models, &v1::ModelService::Stub::AddModel, request,
                      impl_->options.long_timeout);
}

absl::Status Client::DeleteModel(const v1::DeleteModelRequest& request) {
  return impl_
      ->Unary(impl_->models, &v1::ModelService::Stub::DeleteModel, request, impl_->short_limit())
      .status();
}

absl::StatusOr<Operation> Client::PullModel(const v1::PullModelRequest& request) {
  return impl_->Unary(impl_->models, &v1::ModelService::Stub::PullModel, request,
                      impl_->short_limit(), /*interruptible=*/false);
}

absl::StatusOr<Operation> Client::UseModel(const v1::UseModelRequest& request) {
  return impl_->Unary(impl_->models, &v1::ModelService::Stub::UseModel, request,
                      impl_->short_limit(), /*interruptible=*/false);
}

absl::Status Client::BenchmarkModel(
    const v1::BenchmarkModelRequest& request,
    const std::function<void(const v1::BenchmarkModelResponse&)>& on_row) {
  return impl_->Drain<v1::BenchmarkModelResponse>(
      impl_->options.long_timeout,
      [&](grpc::ClientContext* context) { return impl_->models->BenchmarkModel(context, request); },
      on_row);
}

}  // namespace seekd::client
