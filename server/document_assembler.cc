#include "server/document_assembler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/errors.h"
#include "server/marshalling.h"

namespace seekd {

absl::Status DocumentAssembler::Accept(v1::AddDocumentsRequest* message) {
  if (message->has_header()) ABSL_RETURN_IF_ERROR(Begin(message->header()));
  if (!began_) return FieldError("header", "expected in the first message of a document");
  if (!current_) return absl::OkStatus();
  if (message->data().size() > max_document_bytes_ - current_->bytes.size()) {
    Fail(absl::ResourceExhaustedError(
        absl::StrCat("expected at most ", max_document_bytes_, " bytes (max-file-bytes)")));
  } else if (current_->bytes.empty()) {
    current_->bytes = std::move(*message->mutable_data());
  } else {
    current_->bytes += message->data();
  }
  return absl::OkStatus();
}

absl::Status DocumentAssembler::Begin(const v1::AddDocumentsRequest::Header& header) {
  End();
  began_ = true;
  current_.emplace();
  current_->id = header.document_id();
  current_->title = header.title();
  current_->media_type = header.media_type();
  if (header.has_modify_time()) {
    ABSL_ASSIGN_OR_RETURN(current_->modify_time_us,
                          FromTimestamp("header.modify_time", header.modify_time()));
  }
  if (current_->id.empty() || current_->id.size() > kMaxDocumentIdBytes) {
    const size_t size = current_->id.size();
    current_->id.resize(std::min<size_t>(size, 100));
    Fail(FieldError("header.document_id",
                    absl::StrCat("expected 1 to ", kMaxDocumentIdBytes, " bytes, found ", size)));
  }
  return absl::OkStatus();
}

void DocumentAssembler::Fail(absl::Status status) {
  failures_.push_back({std::move(current_->id), std::move(status)});
  current_.reset();
}

void DocumentAssembler::End() {
  if (!current_) return;
  complete_bytes_ += current_->bytes.size();
  complete_.push_back(*std::move(current_));
  current_.reset();
}

std::vector<NewDocument> DocumentAssembler::TakeBatch() {
  complete_bytes_ = 0;
  return std::exchange(complete_, {});
}

}  // namespace seekd
