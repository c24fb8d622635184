// The two holes through which core obtains vectors. embedding_service fills
// them with the real encoder; tests fill them with FakeEncoder.
//
// InputEncoder turns tokens into rows. EmbeddingSource turns chunk ids into
// rows: it looks into its caches, reads the chunk's text, tokenises, encodes.
//
// Both are awaitable: the awaiting coroutine continues on its own executor,
// whoever produced the rows. Each call is answered exactly once: rows, error,
// or CANCELLED. Thread safety: any thread may call.
#ifndef SEEKD_CORE_SEARCH_EMBEDDING_SOURCE_H_
#define SEEKD_CORE_SEARCH_EMBEDDING_SOURCE_H_

#include <asio/awaitable.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/ids.h"
#include "core/text/tokenizer.h"

namespace seekd {

// Queries leave the queue before ingest.
enum class EncodePriority { kQuery, kIngest };

struct EncodeOptions {
  EncodePriority priority = EncodePriority::kQuery;
  CancellationPtr cancellation;
  bool use_cache = true;  // of EmbeddingSource: recomputed rows of earlier calls
};

// Time spent per stage, summed over the call's rows.
struct EncodeTimes {
  int64_t fetch_us = 0;  // text out of the store
  int64_t tokenize_us = 0;
  int64_t queue_us = 0;   // waiting for the encoder
  int64_t encode_us = 0;  // of the batches the rows were part of
};

// `dim` floats per row, row i answers input i. Rows are unit vectors, or zero
// for an input without known tokens.
struct EmbeddingRows {
  uint32_t dim = 0;
  std::vector<float> values;  // row-major, rows() * dim
  std::vector<uint8_t>
      missing;  // EmbeddingSource: 1 where the chunk is no longer in the store; else empty
  uint32_t recomputed = 0;  // rows that ran through the encoder for this call
  uint32_t cache_hits = 0;
  EncodeTimes times;

  size_t rows() const { return dim == 0 ? 0 : values.size() / dim; }
  std::span<const float> row(size_t i) const { return {values.data() + i * dim, dim}; }
  bool is_missing(size_t i) const { return !missing.empty() && missing[i] != 0; }
};

class InputEncoder {
 public:
  virtual ~InputEncoder() = default;
  virtual uint32_t dim() const = 0;
  virtual uint32_t max_input_tokens() const = 0;  // without special tokens; UINT32_MAX: no limit

  // Errors: INVALID_ARGUMENT (an input longer than max_input_tokens),
  // RESOURCE_EXHAUSTED (queue full), CANCELLED, UNAVAILABLE (shutting down).
  virtual asio::awaitable<absl::StatusOr<EmbeddingRows>> Encode(
      std::vector<std::vector<TokenId>> inputs, EncodeOptions options) = 0;
};

// What an EmbeddingSource keeps in memory of earlier calls.
struct CacheUsage {
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

class EmbeddingSource {
 public:
  virtual ~EmbeddingSource() = default;
  virtual uint32_t dim() const = 0;

  // Equal ids in one call are computed once. Errors as InputEncoder's, and
  // DATA_LOSS when the store cannot be read.
  virtual asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                               EncodeOptions options) = 0;

  // A source without a cache need not override these.
  virtual CacheUsage cache_usage() const { return {}; }
  virtual void DropCache() {}
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_EMBEDDING_SOURCE_H_
