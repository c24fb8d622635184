// Stubs of every service and the few calls that the server's tests share.
#ifndef SEEKD_TESTS_SERVER_STUBS_H_
#define SEEKD_TESTS_SERVER_STUBS_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <vector>

#include "google/longrunning/operations.grpc.pb.h"
#include "seekd/v1/collections.grpc.pb.h"
#include "seekd/v1/documents.grpc.pb.h"
#include "seekd/v1/index.grpc.pb.h"
#include "seekd/v1/search.grpc.pb.h"
#include "seekd/v1/status.grpc.pb.h"

namespace seekd::testing {

struct Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : collections(v1::CollectionService::NewStub(channel)),
        documents(v1::DocumentService::NewStub(channel)),
        index(v1::IndexService::NewStub(channel)),
        operations(google::longrunning::Operations::NewStub(channel)),
        search(v1::SearchService::NewStub(channel)),
        status(v1::StatusService::NewStub(channel)) {}

  std::unique_ptr<v1::CollectionService::Stub> collections;
  std::unique_ptr<v1::DocumentService::Stub> documents;
  std::unique_ptr<v1::IndexService::Stub> index;
  std::unique_ptr<google::longrunning::Operations::Stub> operations;
  std::unique_ptr<v1::SearchService::Stub> search;
  std::unique_ptr<v1::StatusService::Stub> status;
};

inline grpc::Status Create(Stubs& stubs, const std::string& id) {
  grpc::ClientContext context;
  v1::CreateCollectionRequest request;
  request.set_collection_id(id);
  v1::Collection response;
  return stubs.collections->CreateCollection(&context, request, &response);
}

struct Text {
  std::string id;
  std::string bytes;
};

inline grpc::Status Add(Stubs& stubs, const std::vector<Text>& texts,
                        v1::AddDocumentsResponse* response) {
  grpc::ClientContext context;
  auto writer = stubs.documents->AddDocuments(&context, response);
  for (const Text& text : texts) {
    v1::AddDocumentsRequest message;
    message.set_parent("collections/c");
    message.mutable_header()->set_document_id(text.id);
    message.set_data(text.bytes);
    if (!writer->Write(message)) break;
  }
  writer->WritesDone();
  return writer->Finish();
}

inline grpc::Status Search(Stubs& stubs, const v1::SearchRequest& request,
                           v1::SearchResponse* response) {
  grpc::ClientContext context;
  return stubs.search->Search(&context, request, response);
}

inline v1::SearchRequest TextRequest(const std::string& text) {
  v1::SearchRequest request;
  request.set_parent("collections/c");
  request.set_text(text);
  return request;
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SERVER_STUBS_H_
