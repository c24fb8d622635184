#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/text/chunker.h"
#include "seekd/v1/documents.grpc.pb.h"
#include "server/document_upload.h"
#include "server/errors.h"
#include "server/marshalling.h"
#include "server/reactors.h"
#include "server/resource_names.h"
#include "server/services.h"
#include "server/serving.h"

namespace seekd {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr size_t kReadBytes = 256 << 10;
constexpr size_t kExportChunks = 128;

absl::Status WithDocument(absl::Status status, const std::string& name) {
  if (!absl::IsNotFound(status)) return status;
  return WithReason(WithResource(std::move(status), "seekd.v1.Document", name),
                    "DOCUMENT_NOT_FOUND");
}

struct Located {
  std::shared_ptr<Collection> collection;
  DocumentName name;
};

absl::StatusOr<Located> Locate(const Serving& serving, const std::string& name) {
  Located located;
  ABSL_ASSIGN_OR_RETURN(located.name, ParseDocumentName("name", name));
  ABSL_ASSIGN_OR_RETURN(located.collection, serving.FindCollectionById(located.name.collection));
  return located;
}

absl::Status Get(const Serving& serving, const std::string& name, v1::Document* response) {
  ABSL_ASSIGN_OR_RETURN(const Located located, Locate(serving, name));
  ABSL_ASSIGN_OR_RETURN(const std::optional<DocumentRecord> document,
                        located.collection->store().GetDocument(located.name.document));
  if (!document) return WithDocument(absl::NotFoundError(absl::StrCat("no document ", name)), name);
  ToProto(located.name.collection, *document, response);
  return absl::OkStatus();
}

// Sends the page token when one item more than the page holds was found.
template <typename Item>
bool TrimToPage(size_t page_size, std::vector<Item>* items) {
  if (items->size() <= page_size) return false;
  items->resize(page_size);
  return true;
}

absl::Status ListPage(const Serving& serving, const v1::ListDocumentsRequest& request,
                      v1::ListDocumentsResponse* response) {
  ABSL_ASSIGN_OR_RETURN(const auto collection, serving.FindCollection("parent", request.parent()));
  ABSL_ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  ABSL_ASSIGN_OR_RETURN(
      std::vector<DocumentRecord> documents,
      collection->store().ListDocuments(request.path_prefix(), page.after, page.size + 1));
  const bool more = TrimToPage(page.size, &documents);
  for (const DocumentRecord& document : documents) {
    ToProto(collection->name(), document, response->add_documents());
  }
  if (more) response->set_next_page_token(FormatPageToken(documents.back().id));
  return absl::OkStatus();
}

absl::Status ListSkippedPage(const Serving& serving, const v1::ListSkippedFilesRequest& request,
                             v1::ListSkippedFilesResponse* response) {
  ABSL_ASSIGN_OR_RETURN(const auto collection, serving.FindCollection("parent", request.parent()));
  ABSL_ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  ABSL_ASSIGN_OR_RETURN(std::vector<SkippedFile> files,
                        collection->store().ListSkipped(page.after, page.size + 1));
  const bool more = TrimToPage(page.size, &files);
  for (const SkippedFile& file : files) {
    v1::ListSkippedFilesResponse::SkippedFile* out = response->add_skipped_files();
    out->set_path(file.path);
    out->set_reason(file.reason);
  }
  if (more) response->set_next_page_token(FormatPageToken(files.back().path));
  return absl::OkStatus();
}

// Hands out a document's text part by part.
class TextParts {
 public:
  TextParts(const Serving* serving, std::string name) : serving_(serving), name_(std::move(name)) {}

  absl::StatusOr<bool> Next(v1::ReadDocumentResponse* response) {
    if (!open_) ABSL_RETURN_IF_ERROR(Open());
    if (offset_ == text_.size()) return false;
    response->set_text(text_.substr(offset_, kReadBytes));
    offset_ += response->text().size();
    return true;
  }

 private:
  absl::Status Open() {
    ABSL_ASSIGN_OR_RETURN(const Located located, Locate(*serving_, name_));
    auto text = located.collection->store().GetDocumentText(located.name.document);
    if (!text.ok()) return WithDocument(text.status(), name_);
    text_ = *std::move(text);
    open_ = true;
    return absl::OkStatus();
  }

  const Serving* const serving_;
  const std::string name_;
  bool open_ = false;
  std::string text_;
  size_t offset_ = 0;
};

// Hands out a collection's chunks, those that live when it begins, in order.
class ChunkExport {
 public:
  ChunkExport(const Serving* serving, std::string parent)
      : serving_(serving), parent_(std::move(parent)) {}

  absl::StatusOr<bool> Next(v1::ExportChunksResponse* response) {
    if (collection_ == nullptr) ABSL_RETURN_IF_ERROR(Open());
    while (position_ < ids_.size() && response->chunks_size() == 0) {
      ABSL_RETURN_IF_ERROR(Fill(response));
    }
    return response->chunks_size() > 0;
  }

 private:
  absl::Status Open() {
    ABSL_ASSIGN_OR_RETURN(collection_, serving_->FindCollection("parent", parent_));
    ABSL_ASSIGN_OR_RETURN(ids_, collection_->store().LiveChunks());
    return absl::OkStatus();
  }

  absl::Status Fill(v1::ExportChunksResponse* response) {
    const size_t count = std::min(kExportChunks, ids_.size() - position_);
    const std::span<const ChunkId> ids = std::span(ids_).subspan(position_, count);
    position_ += count;
    ABSL_ASSIGN_OR_RETURN(const auto texts, collection_->store().GetChunks(ids));
    for (size_t i = 0; i < count; ++i) {
      if (texts[i]) ABSL_RETURN_IF_ERROR(Add(ids[i], *texts[i], response));
    }
    return absl::OkStatus();
  }

  absl::Status Add(ChunkId id, const ChunkText& text, v1::ExportChunksResponse* response) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<DocumentOfChunk> documents,
                          collection_->store().DocumentsOfChunk(id));
    if (documents.empty()) return absl::OkStatus();  // deleted meanwhile
    v1::ExportChunksResponse::Chunk* chunk = response->add_chunks();
    chunk->set_chunk_id(static_cast<int64_t>(id.value));
    chunk->set_document_id(documents.front().document_id);
    chunk->set_embedding_input(
        EmbeddingInput(collection_->backend().model().passage_prefix, text.context, text.text));
    return absl::OkStatus();
  }

  const Serving* const serving_;
  const std::string parent_;
  std::shared_ptr<Collection> collection_;
  std::vector<ChunkId> ids_;
  size_t position_ = 0;
};

absl::Status Delete(const Serving& serving, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const Located located, Locate(serving, name));
  return WithDocument(located.collection->DeleteDocuments({located.name.document}), name);
}

class DocumentServiceImpl final : public v1::DocumentService::CallbackService {
 public:
  explicit DocumentServiceImpl(Serving* serving) : serving_(serving) {}

  ServerUnaryReactor* ListDocuments(CallbackServerContext* context,
                                    const v1::ListDocumentsRequest* request,
                                    v1::ListDocumentsResponse* response) override {
    return RunUnary(&serving_->readers(), context, "DocumentService/ListDocuments",
                    [=, this](const Call&) { return ListPage(*serving_, *request, response); });
  }

  ServerUnaryReactor* GetDocument(CallbackServerContext* context,
                                  const v1::GetDocumentRequest* request,
                                  v1::Document* response) override {
    return RunUnary(&serving_->readers(), context, "DocumentService/GetDocument",
                    [=, this](const Call&) { return Get(*serving_, request->name(), response); });
  }

  grpc::ServerWriteReactor<v1::ReadDocumentResponse>* ReadDocument(
      CallbackServerContext* context, const v1::ReadDocumentRequest* request) override {
    auto parts = std::make_shared<TextParts>(serving_, request->name());
    auto* reactor = new StreamReactor<v1::ReadDocumentResponse>(
        &serving_->readers(), context, "DocumentService/ReadDocument",
        [parts](const Call&, v1::ReadDocumentResponse* response) { return parts->Next(response); });
    return reactor->Start();
  }

  grpc::ServerReadReactor<v1::AddDocumentsRequest>* AddDocuments(
      CallbackServerContext* context, v1::AddDocumentsResponse* response) override {
    return new DocumentUpload(serving_, context, response);
  }

  ServerUnaryReactor* DeleteDocument(CallbackServerContext* context,
                                     const v1::DeleteDocumentRequest* request,
                                     google::protobuf::Empty*) override {
    return RunUnary(&serving_->writers(), context, "DocumentService/DeleteDocument",
                    [=, this](const Call&) { return Delete(*serving_, request->name()); });
  }

  grpc::ServerWriteReactor<v1::ExportChunksResponse>* ExportChunks(
      CallbackServerContext* context, const v1::ExportChunksRequest* request) override {
    auto chunks = std::make_shared<ChunkExport>(serving_, request->parent());
    auto* reactor = new StreamReactor<v1::ExportChunksResponse>(
        &serving_->readers(), context, "DocumentService/ExportChunks",
        [chunks](const Call&, v1::ExportChunksResponse* response) {
          return chunks->Next(response);
        });
    return reactor->Start();
  }

  ServerUnaryReactor* ListSkippedFiles(CallbackServerContext* context,
                                       const v1::ListSkippedFilesRequest* request,
                                       v1::ListSkippedFilesResponse* response) override {
    return RunUnary(
        &serving_->readers(), context, "DocumentService/ListSkippedFiles",
        [=, this](const Call&) { return ListSkippedPage(*serving_, *request, response); });
  }

 private:
  Serving* const serving_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDocumentService(Serving* serving) {
  return std::make_unique<DocumentServiceImpl>(serving);
}

}  // namespace seekd
