// From the messages of an AddDocuments stream to whole documents, in batches
// bounded by number and bytes. A document larger than allowed is not kept in
// memory; it is reported as a failure, never dropped silently.
// Not thread-safe: one stream, one step at a time.
#ifndef SEEKD_SERVER_DOCUMENT_ASSEMBLER_H_
#define SEEKD_SERVER_DOCUMENT_ASSEMBLER_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/collection/collection.h"
#include "seekd/v1/documents.pb.h"

namespace seekd {

inline constexpr size_t kMaxBatchDocuments = 256;
inline constexpr size_t kMaxBatchBytes = 8 << 20;
inline constexpr size_t kMaxDocumentIdBytes = 4096;

class DocumentAssembler {
 public:
  explicit DocumentAssembler(uint64_t max_document_bytes)
      : max_document_bytes_(max_document_bytes) {}

  // INVALID_ARGUMENT for data before the first header. Takes the data out of
  // the message.
  absl::Status Accept(v1::AddDocumentsRequest* message);
  // The stream has ended: the last document is complete.
  void End();

  bool batch_is_full() const {
    return complete_.size() >= kMaxBatchDocuments || complete_bytes_ >= kMaxBatchBytes;
  }
  // Complete documents so far.
  std::vector<NewDocument> TakeBatch();
  // Documents that were refused here.
  std::vector<AddFailure> TakeFailures() { return std::exchange(failures_, {}); }

 private:
  absl::Status Begin(const v1::AddDocumentsRequest::Header& header);
  void Fail(absl::Status status);

  const uint64_t max_document_bytes_;
  bool began_ = false;                  // a header has been seen
  std::optional<NewDocument> current_;  // empty while a refused document's data passes by
  std::vector<NewDocument> complete_;
  size_t complete_bytes_ = 0;
  std::vector<AddFailure> failures_;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_DOCUMENT_ASSEMBLER_H_
