// What a new generation is built from: the embeddings of all live chunks (the
// pending rows, and the rest recomputed), and pseudo-queries for its calibration.
#ifndef SEEKD_CORE_COLLECTION_REBUILD_H_
#define SEEKD_CORE_COLLECTION_REBUILD_H_

#include <cstdint>
#include <span>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/collection/embedding_backend.h"
#include "core/index/generation_builder.h"
#include "core/search/embedding_source.h"
#include "core/search/pending_set.h"
#include "core/store/store.h"
#include "core/vector/row_source.h"

namespace seekd {

// The embeddings of chunks, row i that of chunks[i]: a pending one as it stands, any
// other recomputed. DATA_LOSS when a chunk is no longer in the store.
class ChunkRows final : public RowSource {
 public:
  // All outlive this.
  ChunkRows(std::span<const ChunkId> chunks, const PendingSet& pending, EmbeddingSource* source,
            CancellationPtr cancellation);
  uint32_t dim() const override { return pending_.dim(); }
  uint32_t size() const override { return static_cast<uint32_t>(chunks_.size()); }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override;
  bool at_hand(uint32_t row) const override { return pending_row_.contains(chunks_[row]); }

 private:
  const std::span<const ChunkId> chunks_;
  const PendingSet& pending_;
  EmbeddingSource* const source_;
  const CancellationPtr cancellation_;
  absl::flat_hash_map<ChunkId, uint64_t> pending_row_;
};

// What a calibration asks.
inline constexpr uint32_t kPseudoQueries = 500;

// Embeddings of `count` sentences out of evenly spaced chunks (chunks[i] is node i):
// what a person might ask of this collection. Fewer when the text has fewer sentences.
absl::StatusOr<PseudoQueries> MakePseudoQueries(std::span<const ChunkId> chunks, uint32_t count,
                                                const CollectionStore& store,
                                                EmbeddingBackend* backend,
                                                const CancellationPtr& cancellation);

struct IndexGrant {
  uint64_t bytes = 0;  // of index; where that is less than the smallest there is, that
  uint64_t nodes = 0;
  bool shared_codebook = false;   // the model has codebooks
  double row_us = kDefaultRowUs;  // what a search pays for a row
  uint32_t threads = 0;
};
// Degrees and budget.
GenerationOptions OptionsForBudget(const IndexGrant& grant);

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_REBUILD_H_
