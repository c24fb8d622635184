// The search of one query over one snapshot: a coroutine that asks a plan for
// the next batch of nodes, recomputes their exact embeddings, shows the plan
// the exact distances, and stops when the plan, the deadline or the caller says
// so (docs/life_of_a_query.md). Search sees ids and vectors, never text.
#ifndef SEEKD_CORE_SEARCH_SEARCH_H_
#define SEEKD_CORE_SEARCH_SEARCH_H_

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/search/embedding_source.h"
#include "core/search/search_index.h"
#include "core/search/search_options.h"
#include "core/search/top_k.h"

namespace seekd {

struct SearchStats {
  Strategy strategy = Strategy::kFrugal;  // what ran
  StopReason stop_reason = StopReason::kExhausted;
  bool complete = true;  // false: ended by deadline or budget, or still running
  uint32_t rounds = 0;
  uint32_t recomputed = 0;
  uint32_t cache_hits = 0;
  uint32_t pending_scanned = 0;
  uint32_t estimated_hits = 0;  // of the hits: scored by their codes
  uint64_t code_distances = 0;
  uint64_t expanded_nodes = 0;  // adjacency lists read
  int64_t plan_us = 0;          // beam, scan, re-ordering
  int64_t total_us = 0;
  EncodeTimes encode;
};

struct SearchResult {
  std::vector<ScoredChunk> chunks;  // best first, at most top_k; ties by ChunkId
  SearchStats stats;
};

// Told the best so far after each round that changed it, with stats.complete = false. Runs
// between two rounds, on the search's executor: the search waits for it.
using RoundObserver = std::function<void(SearchResult so_far)>;

// `query` is a unit vector of source->dim() components; a zero vector (a query of
// unknown words only) has no hits and is complete. `source` and what `index`
// points to outlive the search. Rows of
// chunks that have left the store are dropped. Errors: INVALID_ARGUMENT, CANCELLED,
// DATA_LOSS (a corrupt index file, named), and the source's.
asio::awaitable<absl::StatusOr<SearchResult>> Search(SearchIndex index, std::vector<float> query,
                                                     SearchOptions options,
                                                     EmbeddingSource* source);
// The same with an observer (empty: none). The final result is not shown to it.
asio::awaitable<absl::StatusOr<SearchResult>> Search(SearchIndex index, std::vector<float> query,
                                                     SearchOptions options, EmbeddingSource* source,
                                                     RoundObserver observer);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_SEARCH_H_
