// The EmbeddingSource of a collection that keeps no embeddings: the chunk's
// text comes out of the store, is tokenised and encoded anew; what this session
// recomputed last comes out of a cache.
//
// Order: dedupe -> cache -> fetch text -> tokenise -> encode -> rows in order.
// Store, tokenizer and encoder must outlive it. Thread safety: any thread.
#ifndef SEEKD_EMBEDDING_SERVICE_RECOMPUTE_SOURCE_H_
#define SEEKD_EMBEDDING_SERVICE_RECOMPUTE_SOURCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/search/embedding_source.h"
#include "core/store/store.h"
#include "core/text/tokenizer.h"
#include "embedding_service/embedding_cache.h"

namespace seekd {

class RecomputeSource final : public EmbeddingSource {
 public:
  RecomputeSource(const CollectionStore* store, const Tokenizer* tokenizer, InputEncoder* encoder,
                  uint64_t cache_bytes, std::string passage_prefix = "");

  uint32_t dim() const override { return encoder_->dim(); }
  // Each distinct chunk counts once, as recomputed or as cache hit; missing
  // ones count as neither.
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override;
  CacheUsage cache_usage() const override { return {cache_.rows(), cache_.bytes()}; }
  void DropCache() override { cache_.Clear(); }

 private:
  struct Plan;

  void ReadCache(Plan* plan);
  absl::Status ReadTexts(Plan* plan);
  void TakeRows(const EmbeddingRows& encoded, Plan* plan);

  const CollectionStore* const store_;
  const Tokenizer* const tokenizer_;
  InputEncoder* const encoder_;
  const std::string passage_prefix_;
  EmbeddingCache cache_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_RECOMPUTE_SOURCE_H_
