// Documents, content-addressed chunks, pending embeddings and bookkeeping of all
// collections, in one RocksDB (docs/formats/store.md). Text is stored once;
// equal chunks of a collection share one record. RocksDB is included in this
// folder only.
//
// Every mutation is one atomic write batch. With `sync` it is on disk when the
// call returns; without, it is on disk after the next Sync().
//
// Thread safety: any thread may call any member. Mutations of one collection
// are serialised inside. Collection handles must not outlive the Store.
#ifndef SEEKD_CORE_STORE_STORE_H_
#define SEEKD_CORE_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/digest.h"
#include "core/base/ids.h"
#include "core/store/collection_settings.h"

namespace seekd {

struct StoreOptions {
  uint64_t block_cache_bytes = 64 << 20;
  uint64_t write_buffer_bytes = 32 << 20;
};

// What a collection is to the outside. One that moves to another model (Engine::UseModel) has
// a successor of the same name, which is made of its documents, then takes its place.
enum class CollectionRole : uint8_t {
  kServed = 0,
  kSuccessor = 1,  // not complete yet
  kReplaced = 2,   // by its successor; its data can go
};

struct CollectionRecord {
  CollectionId id;
  std::string name;               // unique among the served, [a-z0-9][a-z0-9-]{0,62}
  std::string model_id;           // "seek-static-en-256"
  std::string model_fingerprint;  // pinned: a collection never mixes models
  uint32_t dim = 0;
  std::vector<std::string> roots;  // absolute folders that `seek index` reconciles
  int64_t create_time_us = 0;      // Unix epoch
  CollectionSettings settings;
  CollectionRole role = CollectionRole::kServed;
};

// What told one version of a source file from the next.
struct SourceStamp {
  uint64_t size_bytes = 0;
  int64_t mtime_ns = 0;
  Digest content;  // of the source bytes
  auto operator<=>(const SourceStamp&) const = default;
};

struct ChunkPlacement {
  ChunkId chunk;
  uint64_t byte_begin = 0;  // in the document's text
  uint64_t byte_end = 0;
  uint32_t line_begin = 1;  // source lines, inclusive
  uint32_t line_end = 1;
};

struct DocumentRecord {
  std::string id;           // unique in the collection; a file's absolute path
  DocumentOrdinal ordinal;  // set by the store
  std::string title;
  std::string media_type;
  std::string root;  // the folder it was indexed from; "" when added by hand
  SourceStamp source;
  int64_t index_time_us = 0;
  std::vector<ChunkPlacement> chunks;  // partition of the text, in order
};

struct ChunkText {
  std::string context;
  std::string text;
};

// A chunk of a document about to be written.
struct ChunkWrite {
  Digest digest;  // ChunkDigest(context, text)
  std::string context;
  std::string text;
  uint32_t line_begin = 1;
  uint32_t line_end = 1;
  // fp16 components (IEEE binary16) of its embedding, `dim` of them. Empty: not at hand;
  // a new chunk is then deferred, one that the collection holds stays what it is.
  std::vector<uint16_t> embedding;
};

struct DocumentWrite {
  DocumentRecord document;         // `chunks` and `ordinal` are ignored
  std::vector<ChunkWrite> chunks;  // in order; their texts concatenate to the document's
};

// How a mutation changed what the search must see.
struct ChunkChanges {
  struct Added {
    ChunkId chunk;
    std::vector<uint16_t> embedding;  // empty: deferred
  };
  std::vector<Added> added;      // new records, now pending or deferred
  std::vector<ChunkId> died;     // no document holds them any more: tombstones
  std::vector<ChunkId> revived;  // tombstones that a document holds again
  uint64_t documents_replaced = 0;
};

struct CollectionCounts {
  uint64_t documents = 0;
  uint64_t chunks = 0;      // live: held by at least one document
  uint64_t text_bytes = 0;  // size of the sources of all documents
  uint64_t pending = 0;     // chunks that wait for a generation, the deferred ones too
  uint64_t dead = 0;        // tombstones
};

struct DocumentOfChunk {
  std::string document_id;
  uint32_t position = 0;  // index in the document's `chunks`
};

// How often searches asked for a chunk's embedding.
struct ChunkVisits {
  ChunkId chunk;
  uint32_t visits = 0;
  bool operator==(const ChunkVisits&) const = default;
};

struct SkippedFile {
  std::string path;
  std::string root;
  std::string reason;  // "binary file (NUL at byte 17)"
};

// Content address of a chunk: recipe version, context and text.
Digest ChunkDigest(std::string_view context, std::string_view text);

class Database;
struct CollectionState;

class CollectionStore final {
 public:
  CollectionId id() const { return id_; }

  // --- Reading.
  absl::StatusOr<std::optional<DocumentRecord>> GetDocument(std::string_view id) const;
  // Ascending by id: those with `prefix` and id > `after`; at most `limit`.
  absl::StatusOr<std::vector<DocumentRecord>> ListDocuments(std::string_view prefix,
                                                            std::string_view after,
                                                            size_t limit) const;
  // Calls `visit` for every document with `prefix`, ascending by id, until it
  // returns false.
  absl::Status ScanDocuments(std::string_view prefix,
                             const std::function<bool(const DocumentRecord&)>& visit) const;
  // The document's whole text. NOT_FOUND.
  absl::StatusOr<std::string> GetDocumentText(std::string_view id) const;
  // Answer i belongs to ids[i]; nullopt where there is no such chunk.
  absl::StatusOr<std::vector<std::optional<ChunkText>>> GetChunks(
      std::span<const ChunkId> ids) const;
  // Every record, ascending, tombstones left out, until `visit` returns false.
  absl::Status ScanChunks(const std::function<bool(ChunkId, const ChunkText&)>& visit) const;
  // Ids of all live chunks, ascending.
  absl::StatusOr<std::vector<ChunkId>> LiveChunks() const;
  absl::StatusOr<std::vector<DocumentOfChunk>> DocumentsOfChunk(ChunkId chunk) const;
  absl::StatusOr<std::vector<std::optional<ChunkId>>> FindChunks(
      std::span<const Digest> digests) const;
  absl::StatusOr<std::vector<ChunkId>> DeadChunks() const;
  // Chunks that wait for a generation, ascending, and their embeddings: empty of a deferred one.
  absl::Status ScanPending(
      const std::function<void(ChunkId, std::span<const uint16_t>)>& visit) const;
  absl::StatusOr<CollectionCounts> Counts() const;
  // What PutVisits wrote last, ascending by chunk.
  absl::StatusOr<std::vector<ChunkVisits>> Visits() const;

  // --- Writing. A document replaces the one of the same id.
  absl::StatusOr<ChunkChanges> PutDocuments(std::vector<DocumentWrite> writes, bool sync);
  // Unknown ids are ignored (documents_replaced tells how many were deleted).
  absl::StatusOr<ChunkChanges> DeleteDocuments(std::span<const std::string> ids, bool sync);
  // A touched file whose content is the same. NOT_FOUND.
  absl::Status UpdateSourceStamp(std::string_view id, const SourceStamp& stamp);

  // --- After a generation that holds them is published.
  // No chunk waits any more. REQUIRES: no mutation since that generation's input was read.
  absl::Status ClearPending();
  // Drops the records of these tombstones; one that has been revived stays.
  absl::Status PurgeDead(std::span<const ChunkId> ids);

  // Replaces what was counted. REQUIRES: strictly ascending by chunk. Not synced.
  absl::Status PutVisits(std::span<const ChunkVisits> visits);

  // --- Files not indexed, by path.
  absl::Status PutSkipped(std::span<const SkippedFile> files);
  absl::Status ClearSkipped(std::string_view root);
  absl::StatusOr<std::vector<SkippedFile>> ListSkipped(std::string_view after, size_t limit) const;
  absl::StatusOr<uint64_t> CountSkipped() const;

 private:
  friend class Store;
  CollectionStore(CollectionId id, const Database* database, std::shared_ptr<CollectionState> state)
      : id_(id), database_(database), state_(std::move(state)) {}

  const CollectionId id_;
  const Database* const database_;
  const std::shared_ptr<CollectionState> state_;  // shared by all handles of the collection
};

class Store final {
 public:
  // Opens or creates. DATA_LOSS names a corrupt store, FAILED_PRECONDITION a
  // format version this program does not know.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& dir,
                                                     const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  absl::StatusOr<std::vector<CollectionRecord>> ListCollections() const;
  // Assigns the id. ALREADY_EXISTS: one of this name and role.
  absl::StatusOr<CollectionRecord> CreateCollection(CollectionRecord record);
  // Replaces the records of the same ids, all or none. NOT_FOUND.
  absl::Status UpdateCollections(std::span<const CollectionRecord> records);
  // Removes the record and all its data. NOT_FOUND.
  absl::Status DeleteCollection(CollectionId id);
  absl::StatusOr<std::unique_ptr<CollectionStore>> OpenCollection(CollectionId id);

  // Everything written so far is on disk when this returns.
  absl::Status Sync();
  // Gives back the space of deleted data (after a bulk run or a delete).
  absl::Status Compact();
  // Apparent size of the store's files.
  absl::StatusOr<uint64_t> StoreBytes() const;

 private:
  explicit Store(std::unique_ptr<Database> database);
  absl::StatusOr<std::shared_ptr<CollectionState>> StateOf(CollectionId id);  // NOT_FOUND

  const std::unique_ptr<Database> database_;
  std::mutex mutex_;  // creation, change and removal of collection records
  std::map<CollectionId, std::shared_ptr<CollectionState>> states_;  // guarded by mutex_
};

}  // namespace seekd

#endif  // SEEKD_CORE_STORE_STORE_H_
