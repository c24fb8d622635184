// A small C++ client of seekd: one connection, one method per call of the API,
// absl::Status instead of exceptions and gRPC types. Errors carry the daemon's
// details (rpc_status.h).
// Thread safety: any thread may call any member of Client; each upload belongs
// to one thread.
#ifndef SEEKD_CLIENT_SEEKD_CLIENT_H_
#define SEEKD_CLIENT_SEEKD_CLIENT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/interrupt.h"
#include "google/longrunning/operations.pb.h"
#include "seekd/v1/collections.pb.h"
#include "seekd/v1/documents.pb.h"
#include "seekd/v1/index.pb.h"
#include "seekd/v1/models.pb.h"
#include "seekd/v1/search.pb.h"
#include "seekd/v1/status.pb.h"

namespace seekd::client {

// What this client speaks; GetStatusResponse.api_version of the daemon.
inline constexpr char kApiVersion[] = "v1";

struct ConnectOptions {
  // A unix socket, absolute or relative; empty: ResolveSocketPath("").
  std::string socket_path;
  // Instead of the socket: "127.0.0.1:7341" and the file that holds the token.
  std::string tcp_address;
  std::string token_file;

  // Limit of the calls that answer at once. Zero: 60 s.
  std::chrono::milliseconds timeout{0};
  // Limit of long calls: uploads, exports, watches, exhaustive searches. Zero: none.
  std::chrono::milliseconds long_timeout{0};

  // Cancels calls; outlives the client. May be null.
  Interrupt* interrupt = nullptr;

  absl::Status Validate() const;
};

class Client {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // UNAVAILABLE (reason DAEMON_NOT_RUNNING) when nothing listens there,
  // FAILED_PRECONDITION when somebody else may have put the socket there.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const ConnectOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // OK while grpc.health.v1.Health reports SERVING; UNAVAILABLE otherwise.
  absl::Status CheckHealth();
  // FAILED_PRECONDITION unless the daemon speaks kApiVersion.
  absl::Status CheckApiVersion();
  absl::StatusOr<v1::GetStatusResponse> GetStatus(const v1::GetStatusRequest& request);

  absl::StatusOr<v1::Collection> CreateCollection(const v1::CreateCollectionRequest& request);
  absl::StatusOr<v1::Collection> GetCollection(const v1::GetCollectionRequest& request);
  absl::StatusOr<v1::ListCollectionsResponse> ListCollections(
      const v1::ListCollectionsRequest& request);
  absl::StatusOr<v1::Collection> UpdateCollection(const v1::UpdateCollectionRequest& request);
  absl::Status DeleteCollection(const v1::DeleteCollectionRequest& request);

  absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(const v1::ListDocumentsRequest& request);
  absl::StatusOr<v1::Document> GetDocument(const v1::GetDocumentRequest& request);
  absl::Status DeleteDocument(const v1::DeleteDocumentRequest& request);
  absl::StatusOr<v1::ListSkippedFilesResponse> ListSkippedFiles(
      const v1::ListSkippedFilesRequest& request);
  // Calls `on_part` with the document's text in order.
  absl::Status ReadDocument(const v1::ReadDocumentRequest& request,
                            const std::function<void(std::string_view)>& on_part);
  absl::Status ExportChunks(
      const v1::ExportChunksRequest& request,
      const std::function<void(const v1::ExportChunksResponse::Chunk&)>& on_chunk);

  // A stream of documents; see BeginUpload.
  class Upload {
   public:
    ~Upload();
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;
    // Sends one document, in parts. An error ends the upload: Finish says why.
    bool Add(const v1::AddDocumentsRequest::Header& header, std::string_view data);
    // The daemon's answer; every document is on disk and searchable then.
    absl::StatusOr<v1::AddDocumentsResponse> Finish();

   private:
    friend class Client;
    struct Impl;
    explicit Upload(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  // The client outlives the upload.
  std::unique_ptr<Upload> BeginUpload(std::string_view collection_id);

  // `deadline`: how long the daemon may search; zero: the client's timeout.
  absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request,
                                            Milliseconds deadline = Milliseconds(0));
  // The same, answered while it runs: calls `on_response` with each response, the
  // last included, which is returned.
  absl::StatusOr<v1::SearchResponse> StreamSearch(
      const v1::SearchRequest& request, Milliseconds deadline,
      const std::function<void(const v1::SearchResponse&)>& on_response);
  absl::StatusOr<v1::ExhaustiveSearchResponse> ExhaustiveSearch(
      const v1::ExhaustiveSearchRequest& request);

  // Starting and cancelling answer at once and are not interrupted: whoever
  // started an operation learns its name and can cancel it.
  absl::StatusOr<google::longrunning::Operation> IndexFolder(const v1::IndexFolderRequest& request);
  // Calls `on_report` at each report; returns the last, which is done.
  absl::StatusOr<google::longrunning::Operation> WatchOperation(
      const std::string& name,
      const std::function<void(const google::longrunning::Operation&)>& on_report);
  absl::Status CancelOperation(const std::string& name);

  absl::StatusOr<v1::ListModelsResponse> ListModels(const v1::ListModelsRequest& request);
  absl::StatusOr<v1::Model> AddModel(const v1::AddModelRequest& request);
  absl::Status DeleteModel(const v1::DeleteModelRequest& request);
  absl::StatusOr<google::longrunning::Operation> PullModel(const v1::PullModelRequest& request);
  absl::StatusOr<google::longrunning::Operation> UseModel(const v1::UseModelRequest& request);
  absl::Status BenchmarkModel(const v1::BenchmarkModelRequest& request,
                              const std::function<void(const v1::BenchmarkModelResponse&)>& on_row);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_SEEKD_CLIENT_H_
