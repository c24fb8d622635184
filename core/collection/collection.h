// One collection: its store, its published generation, its pending chunks, and
// the operations a user knows. The server is a thin shell around this class.
//
// Thread safety: any thread may call any member. Searches pin a snapshot and
// never wait for writers. Writers (IndexFolder, AddDocuments, DeleteDocuments,
// Optimize, BuildDeferred) are serialised per collection: the next waits.
#ifndef SEEKD_CORE_COLLECTION_COLLECTION_H_
#define SEEKD_CORE_COLLECTION_COLLECTION_H_

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/collection/document_filter.h"
#include "core/collection/embedding_backend.h"
#include "core/collection/live_index.h"
#include "core/collection/options.h"
#include "core/collection/visit_counter.h"
#include "core/search/search.h"
#include "core/store/store.h"

namespace seekd {

class Ingest;
class ProgressReporter;

// The embeddings that searches asked for since the collection was opened, by where they
// came from. Searches without caches are not counted.
struct RowCounts {
  uint64_t recomputed = 0;
  uint64_t from_memory = 0;
  uint64_t from_hot_cache = 0;
};

// Where bytes go, all exact (apparent sizes). See docs/benchmarks.md.
struct CollectionLedger {
  std::string name;
  std::string model_id;
  std::string remote;  // see ModelInfo
  std::vector<std::string> roots;
  int64_t create_time_us = 0;
  uint64_t documents = 0;
  uint64_t chunks = 0;      // live
  uint64_t nodes = 0;       // of the published generation
  uint64_t pending = 0;     // chunks not in it yet, searched exactly beside it
  uint64_t deferred = 0;    // chunks in neither: not searchable before the next generation
  uint64_t dead = 0;        // tombstones
  uint64_t skipped = 0;     // files listed with a reason
  uint64_t text_bytes = 0;  // size of the indexed input files
  uint64_t graph_bytes = 0;
  uint64_t code_bytes = 0;
  bool codebook_is_shared = false;  // the codes are by the model's codebook, not an own one
  uint64_t node_bytes = 0;
  uint64_t hot_bytes = 0;
  uint64_t hot_rows = 0;       // embeddings in the hot cache
  uint64_t index_bytes = 0;    // every file of the published generation
  uint64_t pending_bytes = 0;  // their fp16 embeddings, held until the next generation
  uint64_t generation = 0;
  uint32_t build_shards = 0;           // of its graph; 1: built as a whole
  uint64_t build_embedding_bytes = 0;  // held at once by its build
  uint64_t build_recomputed = 0;       // rows that the encoder was asked for by its build
  CollectionSettings settings;
  double granted_index_share = 0;  // the setting, or the daemon's default
  RowCounts asked;
  CacheUsage cache;     // recomputed rows kept in memory
  absl::Status health;  // not OK: searches fail with it (a corrupt generation)
};

enum class IndexPhase { kScanning, kReading, kBuilding, kPublishing, kDone };

struct IndexProgress {
  IndexPhase phase = IndexPhase::kScanning;
  uint64_t files_found = 0;
  uint64_t files_done = 0;  // read, unchanged or skipped
  uint64_t bytes_found = 0;
  uint64_t bytes_done = 0;
  uint64_t documents_committed = 0;  // a checkpoint: safe on disk
  uint64_t chunks_embedded = 0;
  uint64_t build_done = 0;  // of build_total, in kBuilding
  uint64_t build_total = 0;
};

// Called from the indexing thread, at most every 100 ms and at each phase.
using IndexProgressFn = std::function<void(const IndexProgress&)>;

struct IndexReport {
  uint64_t added = 0;
  uint64_t updated = 0;
  uint64_t unchanged = 0;
  uint64_t deleted = 0;
  uint64_t skipped = 0;          // listed with reasons: ListSkipped
  uint64_t chunks_embedded = 0;  // at once, or by the build that ended the run
  bool rebuilt = false;          // a new generation was published
  bool moved = false;            // to another model (Engine::UseModel)
  int64_t elapsed_us = 0;
};

struct NewDocument {
  std::string id;          // required; shown as the path
  std::string title;       // "" : what the text states
  std::string media_type;  // "" : detected from id and bytes
  std::string bytes;
  int64_t modify_time_us = 0;  // 0: now
};

struct AddFailure {
  std::string id;
  absl::Status status;  // why this one was not added
};

struct AddReport {
  uint64_t added = 0;
  uint64_t updated = 0;
  uint64_t unchanged = 0;
  uint64_t chunks_embedded = 0;
  std::vector<AddFailure> failures;
};

// Exactly one of text, like_chunk, like_document is set.
struct SearchQuery {
  std::optional<std::string> text;
  std::optional<ChunkId> like_chunk;         // itself is not returned
  std::optional<std::string> like_document;  // its chunks are not returned
  DocumentFilter filter;
  SearchOptions options;
};

struct Hit {
  ChunkId chunk;
  float score = 0;
  bool estimated = false;   // the score
  std::string document_id;  // the first document that holds the chunk and passes the filter
  std::vector<std::string> also_in;  // further ones
  std::string title;
  std::string text;
  uint64_t byte_begin = 0;  // in the text of document_id
  uint64_t byte_end = 0;
  uint32_t line_begin = 1;  // of its source file
  uint32_t line_end = 1;
  int64_t modify_time_us = 0;
};

struct QueryStats {
  SearchStats search;
  int64_t embed_query_us = 0;
  int64_t filter_us = 0;
  int64_t resolve_us = 0;  // text and document of the hits
  int64_t total_us = 0;
};

struct QueryResult {
  std::vector<Hit> hits;
  QueryStats stats;
};

// Told of a better answer before the final one: all hits so far, stats.search.complete =
// false. Runs between two rounds; the search waits for it.
using QueryObserver = std::function<void(QueryResult so_far)>;

// ABORTED: of a collection that was replaced while a caller held it.
absl::Status HasMoved(const std::string& name);

class Collection {
 public:
  // Opens the published generation, pending chunks and tombstones. A corrupt
  // generation does not fail the open: Ledger().health tells, searches fail with
  // it, indexing rebuilds. REQUIRES: `backend` is the model of `record`.
  static absl::StatusOr<std::shared_ptr<Collection>> Open(std::unique_ptr<CollectionStore> store,
                                                          CollectionRecord record,
                                                          std::string folder, Store* parent,
                                                          EmbeddingBackend* backend,
                                                          const CollectionOptions& options);
  ~Collection();

  absl::StatusOr<CollectionLedger> Ledger() const;
  const CollectionStore& store() const { return *store_; }  // for reading documents and chunks
  std::string name() const;
  CollectionSettings settings() const;
  CollectionRecord record() const;
  const EmbeddingBackend& backend() const { return *backend_; }
  // On disk when it returns. The next IndexFolder or Optimize builds a generation by
  // them, even if no document has changed. INVALID_ARGUMENT, NOT_FOUND.
  absl::Status UpdateSettings(const std::function<void(CollectionSettings*)>& change);

  // Reconciles the collection with the folder at absolute path `root`: new and
  // changed files in, vanished ones out, unchanged ones untouched; returns when
  // everything is searchable. What was committed before an error or a
  // cancellation stays. NOT_FOUND, INVALID_ARGUMENT, CANCELLED.
  absl::StatusOr<IndexReport> IndexFolder(const std::string& root,
                                          const CancellationPtr& cancellation,
                                          const IndexProgressFn& progress);

  // On disk when it returns, and searchable unless the pending buffer is full: then
  // Optimize makes what was deferred searchable. Bad documents are reported, the
  // others are added.
  absl::StatusOr<AddReport> AddDocuments(std::vector<NewDocument> documents,
                                         const CancellationPtr& cancellation);
  // NOT_FOUND names the first unknown id; the others are deleted all the same.
  absl::Status DeleteDocuments(const std::vector<std::string>& ids);
  // Publishes a new generation if enough has changed (`force`: if anything has) or chunks
  // are deferred.
  absl::StatusOr<bool> Optimize(bool force, const CancellationPtr& cancellation,
                                const IndexProgressFn& progress);
  // Optimize for what an interrupted writer left deferred, from the background: gives way
  // at once when a writer is at work, and later when one comes that builds anyway
  // (`cancellation` is then cancelled).
  absl::StatusOr<bool> BuildDeferred(const std::shared_ptr<Cancellation>& cancellation);

  // Writes down how often searches asked for what: the next hot cache is chosen by it.
  // Durable with the store's next sync.
  absl::Status SaveVisits();
  // Gives back what only makes searches faster, if no search has come and no index was
  // built for `idle`: pages of the index files, recomputed rows, translated filters. The
  // next search reads anew.
  // True when there was something to give back since the last time.
  bool ReleaseIfIdle(std::chrono::steady_clock::time_point now, std::chrono::seconds idle);

  // Makes `next`, which is served by nobody yet, hold the documents of this collection, cut and
  // embedded for its own model, and builds its index; then calls `take_over`, which is to call
  // ReplaceWith. Searches go on here meanwhile, writers wait, and are refused when it is over.
  // After an error or a cancellation `next` keeps what was copied, and another call goes on from
  // there. The report counts documents that were copied as added.
  absl::StatusOr<IndexReport> HandOver(Collection* next, const CancellationPtr& cancellation,
                                       const IndexProgressFn& progress,
                                       const std::function<absl::Status()>& take_over);
  // What the model is called now. On disk when it returns.
  absl::Status NameModel(const std::string& id);
  // Changes the roles: `next` is the served collection of this name from now on, with the settings
  // and folders of this one. On disk when it returns.
  absl::Status ReplaceWith(Collection* next);

  // Refuses writers from now on (NOT_FOUND); waits for the one that runs.
  void Retire();

  // `observer`: empty, or told of each round that changed the hits.
  asio::awaitable<absl::StatusOr<QueryResult>> Search(SearchQuery query, QueryObserver observer);
  asio::awaitable<absl::StatusOr<QueryResult>> Search(SearchQuery query);

  // The exact top `k` of each text in one pass over the collection: truth for
  // measurements. result[i] belongs to texts[i].
  asio::awaitable<absl::StatusOr<std::vector<std::vector<ScoredChunk>>>> ExhaustiveSearch(
      std::vector<std::string> texts, uint32_t k, CancellationPtr cancellation);

 private:
  Collection(std::unique_ptr<CollectionStore> store, CollectionRecord record, std::string folder,
             Store* parent, EmbeddingBackend* backend, const CollectionOptions& options);
  absl::Status Load();
  absl::StatusOr<IndexReport> CopyFrom(const CollectionStore& from,
                                       const CancellationPtr& cancellation,
                                       const IndexProgressFn& progress);
  // The model's absence comes before what the snapshot says.
  absl::Status Health(const Snapshot& snapshot) const;
  absl::Status CheckWritable() const;  // REQUIRES: write_mutex_ held
  // The lock of a writer that ends with a build, or is followed by one.
  std::unique_lock<std::mutex> LockBeforeBackground();
  absl::Status RememberRoot(const std::string& root);
  absl::Status ChangeRecord(const std::function<absl::Status(CollectionRecord*)>& change);
  double GrantedIndexShare() const;
  absl::StatusOr<std::optional<DocumentWrite>> PrepareNew(const NewDocument& document,
                                                          const Ingest& ingest) const;
  bool GrantHasChanged(const Manifest& built) const;
  bool RebuildIsDue(const Snapshot& snapshot, bool force) const;
  // REQUIRES: write_mutex_ held, in these three.
  absl::Status EndRun(bool force, const CancellationPtr& cancellation, ProgressReporter* reporter,
                      IndexReport* report);
  absl::StatusOr<bool> Rebuild(bool force, const CancellationPtr& cancellation,
                               ProgressReporter* reporter);
  absl::StatusOr<uint64_t> BuildNext(const std::vector<ChunkId>& chunks, const PendingSet& pending,
                                     const CancellationPtr& cancellation,
                                     ProgressReporter* reporter);
  void NoteUse();
  void CountRows(const SearchStats& stats, uint32_t from_hot_cache);
  absl::StatusOr<std::vector<float>> LikeVector(const EmbeddingRows& rows) const;
  asio::awaitable<absl::StatusOr<std::vector<float>>> QueryVector(SearchQuery query);
  asio::awaitable<absl::StatusOr<std::vector<float>>> EmbedText(std::string text,
                                                                EncodeOptions options);
  absl::StatusOr<ChunkFilter> BuildFilter(const SearchQuery& query, const Snapshot& snapshot);
  absl::StatusOr<std::vector<Hit>> Resolve(const std::vector<ScoredChunk>& chunks,
                                           const DocumentFilter& filter) const;

  std::unique_ptr<CollectionStore> store_;
  mutable std::mutex record_mutex_;
  CollectionRecord record_;
  const std::string folder_;
  Store* const parent_;
  EmbeddingBackend* const backend_;
  const CollectionOptions options_;
  std::unique_ptr<EmbeddingSource> source_;
  std::mutex write_mutex_;  // one writer at a time
  bool retired_ = false;    // guarded by write_mutex_
  std::mutex background_mutex_;
  std::shared_ptr<Cancellation> background_;  // of a BuildDeferred under way; guarded by
  uint32_t builders_waiting_ = 0;             // background_mutex_, as are those it gives way to
  LiveIndex live_;
  FilterCache filters_;
  VisitCounter visits_;
  mutable std::mutex use_mutex_;
  RowCounts asked_;  // guarded by use_mutex_, as the next
  // When the last search began or the index was built; none: released since.
  std::optional<std::chrono::steady_clock::time_point> last_use_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_COLLECTION_H_
