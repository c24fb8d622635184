// Settings of a collection; the server's configuration fills them.
#ifndef SEEKD_CORE_COLLECTION_OPTIONS_H_
#define SEEKD_CORE_COLLECTION_OPTIONS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "core/text/chunker.h"
#include "core/text/document_reader.h"

namespace seekd {

struct CollectionOptions {
  // Behaviour.
  ChunkingOptions chunking;
  ReadOptions reading;
  uint64_t max_file_bytes = 64 << 20;  // larger files are listed as skipped
  // Of collections that set none of their own: index_bytes / text_bytes, hard, unless the smallest
  // index there is takes more (kMinIndexBytes, kMinIndexBytesPerNode: very short texts).
  double max_index_share = 0.05;
  // A new generation is due when the changes since the last exceed both.
  uint64_t rebuild_min_changes = 256;  // pending chunks plus tombstones
  double rebuild_share = 0.05;         // of the nodes
  // Performance.
  // Embeddings held at once while a generation is built, in bytes; more of them are
  // worked through in shards, which takes longer.
  uint64_t max_build_bytes = uint64_t{1} << 30;
  // Embeddings of chunks that wait for a generation, in bytes of memory; the store holds as
  // many. Chunks beyond are deferred: not embedded before the generation that holds them, and
  // not searchable until then. At most a quarter of max_build_bytes, which includes both
  // copies; none: a sixteenth of it.
  std::optional<uint64_t> max_pending_bytes;
  uint32_t threads = 0;  // of ingest and build; 0: hardware concurrency

  uint64_t PendingBudget() const { return max_pending_bytes.value_or(max_build_bytes / 16); }
  absl::Status Validate() const;
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_OPTIONS_H_
