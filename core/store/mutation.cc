#include "core/store/mutation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

// Distinct chunks of sorted references, ascending.
std::vector<ChunkId> ChunksOf(const std::vector<Reference>& sorted) {
  std::vector<ChunkId> chunks;
  for (const Reference& r : sorted) {
    if (chunks.empty() || chunks.back() != r.chunk) chunks.push_back(r.chunk);
  }
  return chunks;
}

template <typename T>
std::vector<T> SortedDifference(const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> difference;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(difference));
  return difference;
}

absl::Status CheckNewChunk(const ChunkWrite& chunk, uint32_t dim) {
  if (!chunk.embedding.empty() && chunk.embedding.size() != dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("chunk ", chunk.digest.ToHex(), " is new: expected an embedding of ", dim,
                     " components or none, found ", chunk.embedding.size()));
  }
  // A record under a foreign digest could never be found, shared or purged.
  if (const Digest expected = ChunkDigest(chunk.context, chunk.text); chunk.digest != expected) {
    return absl::InvalidArgumentError(absl::StrCat("expected the chunk digest ", expected.ToHex(),
                                                   ", found ", chunk.digest.ToHex()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Mutation::AddChunks(std::span<DocumentWrite> writes, uint32_t dim) {
  ABSL_RETURN_IF_ERROR(FindKnownChunks(writes));
  // The same new chunk may come several times; any one may bring the embedding.
  absl::flat_hash_map<Digest, ChunkWrite*> sources;
  for (DocumentWrite& write : writes) {
    for (ChunkWrite& chunk : write.chunks) {
      if (chunk_ids_.contains(chunk.digest)) continue;
      ChunkWrite*& source = sources[chunk.digest];
      if (source == nullptr || source->embedding.empty()) source = &chunk;
    }
  }
  for (DocumentWrite& write : writes) {
    for (ChunkWrite& chunk : write.chunks) {
      if (chunk_ids_.contains(chunk.digest)) continue;
      ABSL_RETURN_IF_ERROR(AddChunk(*sources[chunk.digest], dim));
    }
  }
  return absl::OkStatus();
}

absl::Status Mutation::FindKnownChunks(std::span<const DocumentWrite> writes) {
  std::vector<Digest> digests;
  for (const DocumentWrite& write : writes) {
    for (const ChunkWrite& chunk : write.chunks) digests.push_back(chunk.digest);
  }
  std::sort(digests.begin(), digests.end());
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
  std::vector<std::string> keys;
  keys.reserve(digests.size());
  for (const Digest& digest : digests) keys.push_back(StringKey(collection_, digest.AsKey()));
  ABSL_ASSIGN_OR_RETURN(const auto values, database_.GetSorted(Table::kDigests, keys));
  for (size_t i = 0; i < digests.size(); ++i) {
    if (!values[i].has_value()) continue;
    ABSL_ASSIGN_OR_RETURN(chunk_ids_[digests[i]], DecodeChunkId(*values[i]));
  }
  return absl::OkStatus();
}

absl::Status Mutation::AddChunk(ChunkWrite& chunk, uint32_t dim) {
  ABSL_RETURN_IF_ERROR(CheckNewChunk(chunk, dim));
  const ChunkId id = totals_.next_chunk;
  ++totals_.next_chunk.value;
  ++totals_.counts.chunks;
  ++totals_.counts.pending;
  chunk_ids_[chunk.digest] = id;
  const std::string key = ChunkKey(collection_, id);
  Put(Table::kChunks, key, EncodeChunk(chunk.context, chunk.text));
  Put(Table::kDigests, StringKey(collection_, chunk.digest.AsKey()), EncodeChunkId(id));
  Put(Table::kPending, key, EncodeEmbedding(chunk.embedding));
  changes_.added.push_back({id, std::move(chunk.embedding)});
  return absl::OkStatus();
}

void Mutation::PutDocument(const DocumentWrite& write, const DocumentRecord* old) {
  DocumentRecord record = write.document;
  if (old != nullptr) {
    record.ordinal = old->ordinal;
    DropReferences(*old);
    ++changes_.documents_replaced;
  } else {
    record.ordinal = totals_.next_ordinal;
    ++totals_.next_ordinal.value;
    Put(Table::kOrdinals, OrdinalKey(collection_, record.ordinal), record.id);
  }
  ++totals_.counts.documents;
  totals_.counts.text_bytes += record.source.size_bytes;
  record.chunks.clear();
  uint64_t begin = 0;
  for (const ChunkWrite& chunk : write.chunks) {
    const ChunkId id = chunk_ids_.at(chunk.digest);
    added_.push_back({id, record.ordinal, static_cast<uint32_t>(record.chunks.size())});
    record.chunks.push_back(
        {id, begin, begin + chunk.text.size(), chunk.line_begin, chunk.line_end});
    begin += chunk.text.size();
  }
  Put(Table::kDocuments, StringKey(collection_, record.id), EncodeDocument(record));
}

void Mutation::DeleteDocument(const DocumentRecord& old) {
  DropReferences(old);
  ++changes_.documents_replaced;
  Delete(Table::kDocuments, StringKey(collection_, old.id));
  Delete(Table::kOrdinals, OrdinalKey(collection_, old.ordinal));
}

void Mutation::DropReferences(const DocumentRecord& old) {
  --totals_.counts.documents;
  totals_.counts.text_bytes -= old.source.size_bytes;
  for (uint32_t position = 0; position < old.chunks.size(); ++position) {
    removed_.push_back({old.chunks[position].chunk, old.ordinal, position});
  }
}

absl::StatusOr<ChunkChanges> Mutation::Finish() {
  std::sort(removed_.begin(), removed_.end());
  std::sort(added_.begin(), added_.end());
  WriteReferences();
  ABSL_RETURN_IF_ERROR(FindDied());
  ABSL_RETURN_IF_ERROR(FindRevived());
  return std::move(changes_);
}

void Mutation::WriteReferences() {
  for (const Reference& r : SortedDifference(removed_, added_)) {
    Delete(Table::kRefs, ReferenceKey(collection_, r));
  }
  for (const Reference& r : SortedDifference(added_, removed_)) {
    Put(Table::kRefs, ReferenceKey(collection_, r), "");
  }
}

absl::Status Mutation::FindDied() {
  Database::Cursor references = database_.OpenCursor(Table::kRefs, CollectionPrefix(collection_));
  for (const ChunkId chunk : SortedDifference(ChunksOf(removed_), ChunksOf(added_))) {
    ABSL_ASSIGN_OR_RETURN(const bool lives, HasKeptReference(chunk, &references));
    if (lives) continue;
    Put(Table::kDead, ChunkKey(collection_, chunk), "");
    --totals_.counts.chunks;
    ++totals_.counts.dead;
    changes_.died.push_back(chunk);
  }
  return absl::OkStatus();
}

// True when the database holds a reference to `chunk` that this mutation does not
// remove. Reads at most one more than it removes.
absl::StatusOr<bool> Mutation::HasKeptReference(ChunkId chunk, Database::Cursor* references) const {
  for (references->Seek(ChunkKey(collection_, chunk)); references->Valid(); references->Next()) {
    Reference reference;
    if (!ParseReferenceKey(references->key(), &reference)) {
      return absl::DataLossError(database_.dir() + ": malformed key in the table refs");
    }
    if (reference.chunk != chunk) return false;
    if (!std::binary_search(removed_.begin(), removed_.end(), reference)) return true;
  }
  ABSL_RETURN_IF_ERROR(references->status());
  return false;
}

absl::Status Mutation::FindRevived() {
  if (totals_.counts.dead == 0) return absl::OkStatus();
  std::vector<ChunkId> known = SortedDifference(ChunksOf(added_), ChunksOf(removed_));
  known.erase(std::lower_bound(known.begin(), known.end(), first_new_chunk_), known.end());
  std::vector<std::string> keys;
  for (const ChunkId chunk : known) keys.push_back(ChunkKey(collection_, chunk));
  ABSL_ASSIGN_OR_RETURN(const auto tombstones, database_.GetSorted(Table::kDead, keys));
  for (size_t i = 0; i < known.size(); ++i) {
    if (!tombstones[i].has_value()) continue;
    Delete(Table::kDead, keys[i]);
    ++totals_.counts.chunks;
    --totals_.counts.dead;
    changes_.revived.push_back(known[i]);
  }
  return absl::OkStatus();
}

}  // namespace seekd
