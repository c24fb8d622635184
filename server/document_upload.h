// The reactor of DocumentService.AddDocuments: reads messages, adds documents
// in batches, and reads on only when a batch is on disk. So a stream holds at
// most one batch and one document in memory, however fast the client sends.
#ifndef SEEKD_SERVER_DOCUMENT_UPLOAD_H_
#define SEEKD_SERVER_DOCUMENT_UPLOAD_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <vector>

#include "core/collection/collection.h"
#include "seekd/v1/documents.pb.h"
#include "server/call.h"
#include "server/document_assembler.h"
#include "server/serving.h"

namespace seekd {

class DocumentUpload final : public grpc::ServerReadReactor<v1::AddDocumentsRequest> {
 public:
  // Deletes itself when the call is over.
  DocumentUpload(Serving* serving, grpc::CallbackServerContext* context,
                 v1::AddDocumentsResponse* response);

  void OnReadDone(bool ok) override;
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  absl::Status Accept();
  // On a writer's thread: adds what is complete, then reads on or ends the call.
  void Commit(bool is_last);
  absl::Status AddBatch();
  absl::Status AddLastBatch();
  void Count(const AddReport& report);
  void ListFailures(std::vector<AddFailure> failures);
  void Complete(const absl::Status& status) { Finish(call_.Finish(status)); }

  Serving* const serving_;
  v1::AddDocumentsResponse* const response_;
  Call call_;
  DocumentAssembler assembler_;
  std::shared_ptr<Collection> collection_;  // null before the first message
  v1::AddDocumentsRequest message_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_DOCUMENT_UPLOAD_H_
