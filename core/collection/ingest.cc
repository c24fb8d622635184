#include "core/collection/ingest.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/collection/run_sync.h"
#include "core/text/chunker.h"
#include "core/text/document_reader.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr size_t kInputsPerEncode = 256;

uint64_t PendingRoom(const CollectionOptions& options, const PendingSet& pending) {
  const uint64_t rows = options.PendingBudget() / PendingSet::RowBytes(pending.dim());
  return rows > pending.size() ? rows - pending.size() : 0;
}

ChunkWrite MakeChunk(ChunkSpan span, const std::string& text) {
  ChunkWrite chunk;
  chunk.context = std::move(span.context);
  chunk.text = text.substr(span.byte_begin, span.byte_end - span.byte_begin);
  chunk.digest = ChunkDigest(chunk.context, chunk.text);
  chunk.line_begin = span.line_begin;
  chunk.line_end = span.line_end;
  return chunk;
}

}  // namespace

Ingest::Ingest(CollectionStore* store, EmbeddingBackend* backend, LiveIndex* live,
               const CollectionOptions* options)
    : store_(store),
      backend_(backend),
      live_(live),
      options_(options),
      room_(PendingRoom(*options, *live->Get()->pending)) {}

absl::StatusOr<DocumentWrite> Ingest::Prepare(const SourceDocument& source,
                                              std::string_view bytes) const {
  ABSL_ASSIGN_OR_RETURN(TextDocument document,
                        ReadDocument(source.id, bytes, source.media_type, options_->reading));
  if (!source.title.empty()) document.title = source.title;
  DocumentWrite write;
  write.document.id = source.id;
  write.document.root = source.root;
  write.document.title = document.title;
  write.document.media_type = document.media_type;
  write.document.source = source.stamp;
  write.document.index_time_us = NowUs();
  for (ChunkSpan& span : ChunkDocument(document, backend_->tokenizer(), options_->chunking)) {
    write.chunks.push_back(MakeChunk(std::move(span), document.text));
  }
  return write;
}

DocumentWrite Ingest::PrepareCopy(const DocumentRecord& document,
                                  std::vector<ChunkText> texts) const {
  DocumentWrite write;
  write.document = document;
  for (size_t i = 0; i < texts.size(); ++i) {
    const ChunkPlacement& placed = document.chunks[i];
    const ChunkSpan chunk{0, 0, placed.line_begin, placed.line_end, std::move(texts[i].context)};
    for (ChunkSpan& span :
         RecutChunk(chunk, texts[i].text, backend_->tokenizer(), options_->chunking)) {
      write.chunks.push_back(MakeChunk(std::move(span), texts[i].text));
    }
  }
  return write;
}

absl::Status Ingest::Embed(const std::vector<ChunkWrite*>& chunks,
                           const CancellationPtr& cancellation) {
  std::vector<std::vector<TokenId>> inputs;
  inputs.reserve(chunks.size());
  for (const ChunkWrite* chunk : chunks) {
    inputs.push_back(backend_->tokenizer().Tokenize(
        EmbeddingInput(backend_->model().passage_prefix, chunk->context, chunk->text)));
  }
  const EncodeOptions options{EncodePriority::kIngest, cancellation, /*use_cache=*/false};
  ABSL_ASSIGN_OR_RETURN(const EmbeddingRows rows,
                        RunSync(backend_->encoder().Encode(std::move(inputs), options)));
  for (size_t i = 0; i < chunks.size(); ++i) chunks[i]->embedding = ToHalf(rows.row(i));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Ingest::EmbedNewChunks(std::vector<DocumentWrite>& documents,
                                                const CancellationPtr& cancellation) {
  std::vector<ChunkWrite*> all;
  std::vector<Digest> digests;
  for (DocumentWrite& document : documents) {
    for (ChunkWrite& chunk : document.chunks) {
      all.push_back(&chunk);
      digests.push_back(chunk.digest);
    }
  }
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::optional<ChunkId>> known,
                        store_->FindChunks(digests));
  std::vector<ChunkWrite*> fresh;
  absl::flat_hash_set<Digest> seen;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!known[i] && seen.insert(digests[i]).second) fresh.push_back(all[i]);
  }
  const size_t embedded = TakeRoom(fresh.size());
  for (size_t begin = 0; begin < embedded; begin += kInputsPerEncode) {
    const size_t end = std::min(begin + kInputsPerEncode, embedded);
    const std::vector<ChunkWrite*> slice(fresh.begin() + static_cast<ptrdiff_t>(begin),
                                         fresh.begin() + static_cast<ptrdiff_t>(end));
    ABSL_RETURN_IF_ERROR(Embed(slice, cancellation));
  }
  return fresh.size();
}

// How many of `rows` may become pending. Room taken for a chunk that another worker commits
// first is lost to this Ingest: the buffer ends a little below its budget.
uint64_t Ingest::TakeRoom(uint64_t rows) {
  uint64_t room = room_.load();
  while (!room_.compare_exchange_weak(room, room - std::min(room, rows))) {
  }
  return std::min(room, rows);
}

absl::StatusOr<CommitCounts> Ingest::Commit(std::vector<DocumentWrite> documents, bool sync,
                                            const CancellationPtr& cancellation) {
  CommitCounts counts;
  const uint64_t written = documents.size();
  ABSL_ASSIGN_OR_RETURN(counts.chunks_new, EmbedNewChunks(documents, cancellation));
  std::lock_guard lock(commit_mutex_);
  ABSL_ASSIGN_OR_RETURN(const ChunkChanges changes,
                        store_->PutDocuments(std::move(documents), sync));
  live_->Apply(changes);
  counts.updated = changes.documents_replaced;
  counts.added = written - changes.documents_replaced;
  return counts;
}

absl::StatusOr<uint64_t> Ingest::Delete(const std::vector<std::string>& ids, bool sync) {
  std::lock_guard lock(commit_mutex_);
  ABSL_ASSIGN_OR_RETURN(const ChunkChanges changes, store_->DeleteDocuments(ids, sync));
  live_->Apply(changes);
  return changes.documents_replaced;
}

}  // namespace seekd
