// From a source's bytes to committed chunks: read, cut, look up what is known
// already, embed the rest while the pending buffer has room, commit, show it to
// the searches. What finds no room is deferred: the next generation embeds it.
//
// Thread safety: any thread may call any member; several workers of one
// IndexFolder do. REQUIRES: one Ingest of a collection at a time.
#ifndef SEEKD_CORE_COLLECTION_INGEST_H_
#define SEEKD_CORE_COLLECTION_INGEST_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/collection/embedding_backend.h"
#include "core/collection/live_index.h"
#include "core/collection/options.h"
#include "core/store/store.h"

namespace seekd {

struct SourceDocument {
  std::string id;
  std::string root;        // "" when added by hand
  std::string title;       // "" : what the text states
  std::string media_type;  // "" : detected
  SourceStamp stamp;
};

struct CommitCounts {
  uint64_t added = 0;
  uint64_t updated = 0;
  uint64_t chunks_new = 0;
};

class Ingest {
 public:
  // All must outlive the object.
  Ingest(CollectionStore* store, EmbeddingBackend* backend, LiveIndex* live,
         const CollectionOptions* options);

  // Reads and cuts. Errors: as ReadDocument (why this document cannot be indexed).
  absl::StatusOr<DocumentWrite> Prepare(const SourceDocument& source, std::string_view bytes) const;

  // A document as it stands in another collection, cut anew where its chunks are too long for
  // this one's model. `texts[i]` belongs to document.chunks[i].
  DocumentWrite PrepareCopy(const DocumentRecord& document, std::vector<ChunkText> texts) const;

  // Embeds the chunks that are new to the collection, as many as there is room for, and
  // commits all documents in one batch. Searches that begin after it returns see those.
  absl::StatusOr<CommitCounts> Commit(std::vector<DocumentWrite> documents, bool sync,
                                      const CancellationPtr& cancellation);

  // Deletes documents; returns how many there were.
  absl::StatusOr<uint64_t> Delete(const std::vector<std::string>& ids, bool sync);

 private:
  absl::StatusOr<uint64_t> EmbedNewChunks(std::vector<DocumentWrite>& documents,
                                          const CancellationPtr& cancellation);
  absl::Status Embed(const std::vector<ChunkWrite*>& chunks, const CancellationPtr& cancellation);
  uint64_t TakeRoom(uint64_t rows);

  CollectionStore* const store_;
  EmbeddingBackend* const backend_;
  LiveIndex* const live_;
  const CollectionOptions* const options_;
  std::atomic<uint64_t> room_;  // rows that may still become pending
  std::mutex commit_mutex_;     // store and live index change in the same order
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_INGEST_H_
