// The writing half of CollectionStore.
#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/store/collection_state.h"
#include "core/store/database.h"
#include "core/store/keys.h"
#include "core/store/mutation.h"
#include "core/store/records.h"
#include "core/store/store.h"

namespace seekd {
namespace {

// Texts of this many chunks are in memory at once while tombstones are purged.
constexpr size_t kPurgeSlice = 1024;

absl::Status CheckDocumentIds(std::span<const DocumentWrite> writes) {
  for (const DocumentWrite& write : writes) {
    if (write.document.id.empty()) {
      return absl::InvalidArgumentError("expected a document id, found an empty one");
    }
  }
  return absl::OkStatus();
}

// Of writes of the same document the last counts.
std::vector<DocumentWrite> KeepLastOfEachId(std::vector<DocumentWrite> writes) {
  std::map<std::string_view, size_t> last;
  for (size_t i = 0; i < writes.size(); ++i) last[writes[i].document.id] = i;
  if (last.size() == writes.size()) return writes;
  std::vector<bool> keep(writes.size(), false);
  for (const auto& [id, i] : last) keep[i] = true;
  std::vector<DocumentWrite> kept;
  for (size_t i = 0; i < writes.size(); ++i) {
    if (keep[i]) kept.push_back(std::move(writes[i]));
  }
  return kept;
}

using DocumentsById = std::map<std::string, DocumentRecord, std::less<>>;

// Those of `ids` that exist.
absl::StatusOr<DocumentsById> GetDocuments(const Database& database, CollectionId collection,
                                           std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<std::string> keys;
  for (const std::string& id : ids) keys.push_back(StringKey(collection, id));
  ABSL_ASSIGN_OR_RETURN(const auto values, database.GetSorted(Table::kDocuments, keys));
  DocumentsById documents;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!values[i].has_value()) continue;
    ABSL_ASSIGN_OR_RETURN(documents[ids[i]], DecodeDocument(ids[i], *values[i]));
  }
  return documents;
}

std::vector<std::string> SortedChunkKeys(CollectionId collection, std::span<const ChunkId> ids) {
  std::vector<ChunkId> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<std::string> keys;
  for (const ChunkId id : sorted) keys.push_back(ChunkKey(collection, id));
  return keys;
}

absl::StatusOr<std::vector<std::string>> PresentKeys(const Database& database, Table table,
                                                     std::span<const std::string> keys) {
  ABSL_ASSIGN_OR_RETURN(const auto values, database.GetSorted(table, keys));
  std::vector<std::string> present;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (values[i].has_value()) present.push_back(keys[i]);
  }
  return present;
}

// Adds the removal of the tombstones among `keys` with all that hangs on them.
absl::Status PurgeSlice(const Database& database, CollectionId collection,
                        std::span<const std::string> keys, CollectionTotals* totals,
                        rocksdb::WriteBatch* batch) {
  ABSL_ASSIGN_OR_RETURN(const auto dead, PresentKeys(database, Table::kDead, keys));
  ABSL_ASSIGN_OR_RETURN(const auto pending, PresentKeys(database, Table::kPending, dead));
  ABSL_ASSIGN_OR_RETURN(const auto chunks, database.GetSorted(Table::kChunks, dead));
  for (const std::string& key : pending) batch->Delete(database.handle(Table::kPending), key);
  for (size_t i = 0; i < dead.size(); ++i) {
    batch->Delete(database.handle(Table::kDead), dead[i]);
    if (!chunks[i].has_value()) continue;
    ABSL_ASSIGN_OR_RETURN(const ChunkText chunk, DecodeChunk(*chunks[i]));
    const Digest digest = ChunkDigest(chunk.context, chunk.text);
    batch->Delete(database.handle(Table::kDigests), StringKey(collection, digest.AsKey()));
    batch->Delete(database.handle(Table::kChunks), dead[i]);
  }
  totals->counts.dead -= dead.size();
  totals->counts.pending -= pending.size();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ChunkChanges> CollectionStore::PutDocuments(std::vector<DocumentWrite> writes,
                                                           bool sync) {
  ABSL_RETURN_IF_ERROR(CheckDocumentIds(writes));
  writes = KeepLastOfEachId(std::move(writes));
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  Mutation mutation(*database_, id_, state_->Totals());
  ABSL_RETURN_IF_ERROR(mutation.AddChunks(writes, state_->Dim()));
  std::vector<std::string> ids;
  for (const DocumentWrite& write : writes) ids.push_back(write.document.id);
  ABSL_ASSIGN_OR_RETURN(const DocumentsById old, GetDocuments(*database_, id_, std::move(ids)));
  for (const DocumentWrite& write : writes) {
    const auto replaced = old.find(write.document.id);
    mutation.PutDocument(write, replaced == old.end() ? nullptr : &replaced->second);
  }
  ABSL_ASSIGN_OR_RETURN(ChunkChanges changes, mutation.Finish());
  ABSL_RETURN_IF_ERROR(
      Commit(*database_, id_, mutation.totals(), sync, mutation.batch(), state_.get()));
  return changes;
}

absl::StatusOr<ChunkChanges> CollectionStore::DeleteDocuments(std::span<const std::string> ids,
                                                              bool sync) {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  ABSL_ASSIGN_OR_RETURN(const DocumentsById documents,
                        GetDocuments(*database_, id_, {ids.begin(), ids.end()}));
  Mutation mutation(*database_, id_, state_->Totals());
  for (const auto& [id, document] : documents) mutation.DeleteDocument(document);
  ABSL_ASSIGN_OR_RETURN(ChunkChanges changes, mutation.Finish());
  ABSL_RETURN_IF_ERROR(
      Commit(*database_, id_, mutation.totals(), sync, mutation.batch(), state_.get()));
  return changes;
}

absl::Status CollectionStore::UpdateSourceStamp(std::string_view id, const SourceStamp& stamp) {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  ABSL_ASSIGN_OR_RETURN(std::optional<DocumentRecord> document, GetDocument(id));
  if (!document.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("there is no document \"", absl::string_view(id.data(), id.size()), "\""));
  }
  CollectionTotals totals = state_->Totals();
  totals.counts.text_bytes += stamp.size_bytes - document->source.size_bytes;
  document->source = stamp;
  rocksdb::WriteBatch batch;
  batch.Put(database_->handle(Table::kDocuments), StringKey(id_, id), EncodeDocument(*document));
  return Commit(*database_, id_, totals, /*sync=*/false, &batch, state_.get());
}

absl::Status CollectionStore::ClearPending() {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  CollectionTotals totals = state_->Totals();
  if (totals.counts.pending == 0) return absl::OkStatus();
  totals.counts.pending = 0;
  // One range, not a key each: there may be as many as chunks in the collection.
  const std::string begin = CollectionPrefix(id_);
  rocksdb::WriteBatch batch;
  ABSL_RETURN_IF_ERROR(
      FromRocks(batch.DeleteRange(database_->handle(Table::kPending), begin, PrefixEnd(begin)),
                database_->dir()));
  return Commit(*database_, id_, totals, /*sync=*/false, &batch, state_.get());
}

absl::Status CollectionStore::PurgeDead(std::span<const ChunkId> ids) {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  const std::vector<std::string> keys = SortedChunkKeys(id_, ids);
  CollectionTotals totals = state_->Totals();
  rocksdb::WriteBatch batch;
  for (size_t begin = 0; begin < keys.size(); begin += kPurgeSlice) {
    const size_t count = std::min(kPurgeSlice, keys.size() - begin);
    const auto slice = std::span(keys).subspan(begin, count);
    ABSL_RETURN_IF_ERROR(PurgeSlice(*database_, id_, slice, &totals, &batch));
  }
  return Commit(*database_, id_, totals, /*sync=*/false, &batch, state_.get());
}

absl::Status CollectionStore::PutVisits(std::span<const ChunkVisits> visits) {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  rocksdb::WriteBatch batch;
  batch.Put(database_->handle(Table::kMeta), CollectionVisitsKey(id_), EncodeVisits(visits));
  return database_->Write(&batch, /*sync=*/false);
}

absl::Status CollectionStore::PutSkipped(std::span<const SkippedFile> files) {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  rocksdb::WriteBatch batch;
  for (const SkippedFile& file : files) {
    batch.Put(database_->handle(Table::kSkipped), StringKey(id_, file.path), EncodeSkipped(file));
  }
  return database_->Write(&batch, /*sync=*/false);
}

absl::Status CollectionStore::ClearSkipped(std::string_view root) {
  std::lock_guard lock(state_->write_mutex);
  ABSL_RETURN_IF_ERROR(state_->CheckExists());
  rocksdb::WriteBatch batch;
  const absl::Status scanned = database_->Scan(
      Table::kSkipped, CollectionPrefix(id_), "",
      [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
        ABSL_ASSIGN_OR_RETURN(const SkippedFile file, DecodeSkipped(KeySuffix(key), value));
        if (file.root == root) batch.Delete(database_->handle(Table::kSkipped), ToSlice(key));
        return true;
      });
  ABSL_RETURN_IF_ERROR(scanned);
  return database_->Write(&batch, /*sync=*/false);
}

}  // namespace seekd
