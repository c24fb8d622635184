// What a new generation is built from: the embeddings of all live chunks (the
// pending rows, and the rest recomputed), and pseudo-queries for its calibration.
#ifndef SEEKD_CORE_COLLECTION_REBUILD_H_
#define SEEKD_CORE_COLLECTION_REBUILD_H_

#include <cstdint>
#include <functional>
#include <span>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/collection/embedding_backend.h"
#include "core/index/generation_builder.h"
#include "core/search/embedding_source.h"
#include "core/search/pending_set.h"
#include "core/store/store.h"
#include "core/vector/vector_set.h"

namespace seekd {

// Row i is the embedding of chunks[i]. `progress` gets the rows done.
absl::StatusOr<VectorSet> GatherVectors(std::span<const ChunkId> chunks, const PendingSet& pending,
                                        EmbeddingSource* source, uint32_t threads,
                                        const CancellationPtr& cancellation,
                                        const std::function<void(uint64_t done)>& progress);

// What a calibration asks.
inline constexpr uint32_t kPseudoQueries = 500;

// Embeddings of `count` sentences out of evenly spaced chunks (chunks[i] is node i):
// what a person might ask of this collection. Fewer when the text has fewer sentences.
absl::StatusOr<PseudoQueries> MakePseudoQueries(std::span<const ChunkId> chunks, uint32_t count,
                                                const CollectionStore& store,
                                                EmbeddingBackend* backend,
                                                const CancellationPtr& cancellation);

// Degrees and code length for `index_bytes_per_node` bytes of index per node.
GenerationOptions OptionsForBudget(uint64_t max_index_bytes, uint64_t nodes, uint32_t threads);

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_REBUILD_H_
