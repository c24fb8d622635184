// The reading half of CollectionStore.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/store/collection_state.h"
#include "core/store/database.h"
#include "core/store/keys.h"
#include "core/store/records.h"
#include "core/store/store.h"

namespace seekd {
namespace {

absl::Status MalformedKey(const Database& database, Table table) {
  const std::string_view name = kTableNames[static_cast<size_t>(table)];
  return absl::DataLossError(absl::StrCat(database.dir(), ": malformed key in the table ",
                                          absl::string_view(name.data(), name.size())));
}

absl::Status NoDocument(std::string_view id) {
  return absl::NotFoundError(
      absl::StrCat("there is no document \"", absl::string_view(id.data(), id.size()), "\""));
}

std::vector<ChunkId> SortedUnique(std::vector<ChunkId> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// The values of one table under sorted, distinct chunk ids.
absl::StatusOr<std::vector<std::optional<std::string>>> GetByChunk(
    const Database& database, Table table, CollectionId collection, std::span<const ChunkId> sorted,
    const Snapshot& snapshot = nullptr) {
  std::vector<std::string> keys;
  keys.reserve(sorted.size());
  for (const ChunkId id : sorted) keys.push_back(ChunkKey(collection, id));
  return database.GetSorted(table, keys, snapshot);
}

// The texts that make up `record`, put together.
absl::StatusOr<std::string> JoinChunks(const Database& database, CollectionId collection,
                                       const DocumentRecord& record, const Snapshot& snapshot) {
  std::vector<ChunkId> ids;
  for (const ChunkPlacement& placement : record.chunks) ids.push_back(placement.chunk);
  const std::vector<ChunkId> distinct = SortedUnique(ids);
  ABSL_ASSIGN_OR_RETURN(const auto values,
                        GetByChunk(database, Table::kChunks, collection, distinct, snapshot));
  std::string text;
  for (const ChunkId id : ids) {
    const size_t at = std::lower_bound(distinct.begin(), distinct.end(), id) - distinct.begin();
    if (!values[at].has_value()) {
      return absl::DataLossError(absl::StrCat(database.dir(), ": chunk ", id.value,
                                              " of the document \"", record.id, "\" is missing"));
    }
    ABSL_ASSIGN_OR_RETURN(const ChunkText chunk, DecodeChunk(*values[at]));
    text += chunk.text;
  }
  return text;
}

absl::StatusOr<std::vector<Reference>> ReferencesOf(const Database& database,
                                                    CollectionId collection, ChunkId chunk,
                                                    const Snapshot& snapshot) {
  std::vector<Reference> references;
  const auto visit = [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
    if (!ParseReferenceKey(key, &references.emplace_back())) {
      return MalformedKey(database, Table::kRefs);
    }
    return true;
  };
  ABSL_RETURN_IF_ERROR(
      database.Scan(Table::kRefs, ChunkKey(collection, chunk), "", visit, snapshot));
  return references;
}

// Chunk ids of the keys of `table`, one each, ascending.
absl::StatusOr<std::vector<ChunkId>> ChunksOfKeys(const Database& database, Table table,
                                                  CollectionId collection) {
  std::vector<ChunkId> ids;
  const auto visit = [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
    if (!ParseChunkKey(key, &ids.emplace_back())) return MalformedKey(database, table);
    return true;
  };
  ABSL_RETURN_IF_ERROR(database.Scan(table, CollectionPrefix(collection), "", visit));
  return ids;
}

}  // namespace

absl::StatusOr<std::optional<DocumentRecord>> CollectionStore::GetDocument(
    std::string_view id) const {
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                        database_->Get(Table::kDocuments, StringKey(id_, id)));
  if (!value.has_value()) return std::optional<DocumentRecord>();
  ABSL_ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(id, *value));
  return std::optional<DocumentRecord>(std::move(record));
}

absl::StatusOr<std::vector<DocumentRecord>> CollectionStore::ListDocuments(std::string_view prefix,
                                                                           std::string_view after,
                                                                           size_t limit) const {
  std::vector<DocumentRecord> records;
  const auto visit = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    if (records.size() >= limit) return false;
    ABSL_ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(KeySuffix(key), value));
    records.push_back(std::move(record));
    return true;
  };
  // The smallest key above `after` is `after` and a NUL.
  const std::string from = after.empty() ? "" : StringKey(id_, after) + '\0';
  ABSL_RETURN_IF_ERROR(database_->Scan(Table::kDocuments, StringKey(id_, prefix), from, visit));
  return records;
}

absl::Status CollectionStore::ScanDocuments(
    std::string_view prefix, const std::function<bool(const DocumentRecord&)>& visit) const {
  return database_->Scan(Table::kDocuments, StringKey(id_, prefix), "",
                         [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                           ABSL_ASSIGN_OR_RETURN(const DocumentRecord record,
                                                 DecodeDocument(KeySuffix(key), value));
                           return visit(record);
                         });
}

absl::StatusOr<std::string> CollectionStore::GetDocumentText(std::string_view id) const {
  // One moment for the record and its chunks: they may be replaced meanwhile.
  const Snapshot snapshot = database_->TakeSnapshot();
  const std::string key = StringKey(id_, id);
  ABSL_ASSIGN_OR_RETURN(const auto values,
                        database_->GetSorted(Table::kDocuments, std::span(&key, 1), snapshot));
  if (!values[0].has_value()) return NoDocument(id);
  ABSL_ASSIGN_OR_RETURN(const DocumentRecord record, DecodeDocument(id, *values[0]));
  return JoinChunks(*database_, id_, record, snapshot);
}

absl::StatusOr<std::vector<std::optional<ChunkText>>> CollectionStore::GetChunks(
    std::span<const ChunkId> ids) const {
  const std::vector<ChunkId> distinct = SortedUnique({ids.begin(), ids.end()});
  ABSL_ASSIGN_OR_RETURN(const auto values, GetByChunk(*database_, Table::kChunks, id_, distinct));
  std::vector<std::optional<ChunkText>> chunks(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), ids[i]);
    const std::optional<std::string>& value = values[at - distinct.begin()];
    if (!value.has_value()) continue;
    ABSL_ASSIGN_OR_RETURN(chunks[i], DecodeChunk(*value));
  }
  return chunks;
}

absl::Status CollectionStore::ScanChunks(
    const std::function<bool(ChunkId, const ChunkText&)>& visit) const {
  const Snapshot snapshot = database_->TakeSnapshot();
  const std::string prefix = CollectionPrefix(id_);
  Database::Cursor dead = database_->OpenCursor(Table::kDead, prefix, snapshot);
  dead.Seek(prefix);
  const auto visit_live = [&](std::string_view key,
                              std::string_view value) -> absl::StatusOr<bool> {
    while (dead.Valid() && dead.key() < key) dead.Next();
    ABSL_RETURN_IF_ERROR(dead.status());
    if (dead.Valid() && dead.key() == key) return true;
    ChunkId id;
    if (!ParseChunkKey(key, &id)) return MalformedKey(*database_, Table::kChunks);
    ABSL_ASSIGN_OR_RETURN(const ChunkText chunk, DecodeChunk(value));
    return visit(id, chunk);
  };
  return database_->Scan(Table::kChunks, prefix, "", visit_live, snapshot);
}

absl::StatusOr<std::vector<ChunkId>> CollectionStore::LiveChunks() const {
  // A chunk lives while a document refers to it; the references are far smaller
  // to read than the texts.
  std::vector<ChunkId> ids;
  const auto visit = [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
    Reference reference;
    if (!ParseReferenceKey(key, &reference)) return MalformedKey(*database_, Table::kRefs);
    if (ids.empty() || ids.back() != reference.chunk) ids.push_back(reference.chunk);
    return true;
  };
  ABSL_RETURN_IF_ERROR(database_->Scan(Table::kRefs, CollectionPrefix(id_), "", visit));
  return ids;
}

absl::StatusOr<std::vector<DocumentOfChunk>> CollectionStore::DocumentsOfChunk(
    ChunkId chunk) const {
  const Snapshot snapshot = database_->TakeSnapshot();
  ABSL_ASSIGN_OR_RETURN(const std::vector<Reference> references,
                        ReferencesOf(*database_, id_, chunk, snapshot));
  // Ascending, as the references are.
  std::vector<std::string> keys;
  for (const Reference& r : references) keys.push_back(OrdinalKey(id_, r.document));
  ABSL_ASSIGN_OR_RETURN(const auto ids, database_->GetSorted(Table::kOrdinals, keys, snapshot));
  std::vector<DocumentOfChunk> documents;
  for (size_t i = 0; i < references.size(); ++i) {
    if (!ids[i].has_value()) {
      return absl::DataLossError(absl::StrCat(database_->dir(), ": document number ",
                                              references[i].document.value, " has no id"));
    }
    documents.push_back({*ids[i], references[i].position});
  }
  return documents;
}

absl::StatusOr<std::vector<std::optional<ChunkId>>> CollectionStore::FindChunks(
    std::span<const Digest> digests) const {
  std::vector<size_t> order(digests.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return digests[a] < digests[b]; });
  std::vector<std::string> keys;
  for (const size_t i : order) keys.push_back(StringKey(id_, digests[i].AsKey()));
  ABSL_ASSIGN_OR_RETURN(const auto values, database_->GetSorted(Table::kDigests, keys));
  std::vector<std::optional<ChunkId>> found(digests.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (!values[i].has_value()) continue;
    ABSL_ASSIGN_OR_RETURN(found[order[i]], DecodeChunkId(*values[i]));
  }
  return found;
}

absl::StatusOr<std::vector<ChunkId>> CollectionStore::DeadChunks() const {
  return ChunksOfKeys(*database_, Table::kDead, id_);
}

absl::Status CollectionStore::ScanPending(
    const std::function<void(ChunkId, std::span<const uint16_t>)>& visit) const {
  return database_->Scan(Table::kPending, CollectionPrefix(id_), "",
                         [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                           ChunkId id;
                           if (!ParseChunkKey(key, &id))
                             return MalformedKey(*database_, Table::kPending);
                           ABSL_ASSIGN_OR_RETURN(const std::vector<uint16_t> embedding,
                                                 DecodeEmbedding(value));
                           visit(id, embedding);
                           return true;
                         });
}

absl::StatusOr<std::vector<ChunkVisits>> CollectionStore::Visits() const {
  ABSL_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                        database_->Get(Table::kMeta, CollectionVisitsKey(id_)));
  return DecodeVisits(value.value_or(""));
}

absl::StatusOr<CollectionCounts> CollectionStore::Counts() const { return state_->Totals().counts; }

absl::StatusOr<std::vector<SkippedFile>> CollectionStore::ListSkipped(std::string_view after,
                                                                      size_t limit) const {
  std::vector<SkippedFile> files;
  const auto visit = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    if (files.size() >= limit) return false;
    ABSL_ASSIGN_OR_RETURN(SkippedFile file, DecodeSkipped(KeySuffix(key), value));
    files.push_back(std::move(file));
    return true;
  };
  const std::string from = after.empty() ? "" : StringKey(id_, after) + '\0';
  ABSL_RETURN_IF_ERROR(database_->Scan(Table::kSkipped, CollectionPrefix(id_), from, visit));
  return files;
}

absl::StatusOr<uint64_t> CollectionStore::CountSkipped() const {
  uint64_t count = 0;
  const auto visit = [&](std::string_view, std::string_view) -> absl::StatusOr<bool> {
    ++count;
    return true;
  };
  ABSL_RETURN_IF_ERROR(database_->Scan(Table::kSkipped, CollectionPrefix(id_), "", visit));
  return count;
}

}  // namespace seekd
