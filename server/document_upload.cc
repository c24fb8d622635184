#include "server/document_upload.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/errors.h"
#include "server/work_pool.h"

namespace seekd {

DocumentUpload::DocumentUpload(Serving* serving, grpc::CallbackServerContext* context,
                               v1::AddDocumentsResponse* response)
    : serving_(serving),
      response_(response),
      call_(context, "DocumentService/AddDocuments"),
      assembler_(serving->max_document_bytes) {
  StartRead(&message_);
}

void DocumentUpload::OnReadDone(bool ok) {
  if (!ok && IsCancelled(call_.cancellation())) return Complete(absl::CancelledError("cancelled"));
  const absl::Status accepted = ok ? Guarded([this] { return Accept(); }) : absl::OkStatus();
  if (!accepted.ok()) return Complete(accepted);
  if (ok && !assembler_.batch_is_full()) return StartRead(&message_);
  if (!ok && collection_ == nullptr) {
    return Complete(FieldError("parent", "expected at least one message"));
  }
  const absl::Status posted = serving_->writers().Post([this, ok] { Commit(/*is_last=*/!ok); });
  if (!posted.ok()) Complete(posted);
}

absl::Status DocumentUpload::Accept() {
  if (collection_ == nullptr) {
    ABSL_ASSIGN_OR_RETURN(collection_, serving_->FindCollection("parent", message_.parent()));
  }
  return assembler_.Accept(&message_);
}

void DocumentUpload::Commit(bool is_last) {
  if (is_last) assembler_.End();
  const absl::Status added =
      Guarded([this, is_last] { return is_last ? AddLastBatch() : AddBatch(); });
  if (!added.ok() || is_last) return Complete(added);
  StartRead(&message_);
}

absl::Status DocumentUpload::AddBatch() {
  ABSL_RETURN_IF_ERROR(serving_->engine().status());
  ListFailures(assembler_.TakeFailures());
  std::vector<NewDocument> batch = assembler_.TakeBatch();
  if (batch.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(AddReport report,
                        collection_->AddDocuments(std::move(batch), call_.cancellation()));
  Count(report);
  ListFailures(std::move(report.failures));
  return absl::OkStatus();
}

// A large upload is worth a new generation before it is answered.
absl::Status DocumentUpload::AddLastBatch() {
  ABSL_RETURN_IF_ERROR(AddBatch());
  return collection_->Optimize(/*force=*/false, call_.cancellation(), nullptr).status();
}

void DocumentUpload::Count(const AddReport& report) {
  const auto sum = [](int64_t a, uint64_t b) { return a + static_cast<int64_t>(b); };
  response_->set_added_count(sum(response_->added_count(), report.added));
  response_->set_updated_count(sum(response_->updated_count(), report.updated));
  response_->set_unchanged_count(sum(response_->unchanged_count(), report.unchanged));
  response_->set_chunks_embedded(sum(response_->chunks_embedded(), report.chunks_embedded));
}

void DocumentUpload::ListFailures(std::vector<AddFailure> failures) {
  for (AddFailure& failure : failures) {
    const google::rpc::Status status = ToRpcStatus(failure.status);
    v1::AddDocumentsResponse::Failure* out = response_->add_failures();
    out->set_document_id(std::move(failure.id));
    out->set_code(status.code());
    out->set_message(status.message());
  }
}

}  // namespace seekd
