// The EmbeddingSource of one search: rows that the generation's hot cache holds are
// answered from it, the others by the source behind it. Counts what was asked for.
//
// A row from the hot cache went through fp16: its inner product with a unit vector is
// off by at most 2^-11. Calls that do without caches (EncodeOptions::use_cache)
// pass through and are not counted.
//
// Thread safety: any thread may call any member.
#ifndef SEEKD_CORE_COLLECTION_HOT_SOURCE_H_
#define SEEKD_CORE_COLLECTION_HOT_SOURCE_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/collection/visit_counter.h"
#include "core/index/generation.h"
#include "core/search/embedding_source.h"

namespace seekd {

class HotSource final : public EmbeddingSource {
 public:
  // All must outlive it. `generation` and `visits` may be null: no hot cache, nothing
  // is counted.
  HotSource(const Generation* generation, EmbeddingSource* behind, VisitCounter* visits)
      : generation_(generation), behind_(behind), visits_(visits) {}

  uint32_t dim() const override { return behind_->dim(); }
  // Rows of the hot cache count as cache hits. DATA_LOSS also for a damaged hot cache.
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override;
  // Rows answered from the hot cache so far.
  uint32_t hits() const { return hits_.load(std::memory_order_relaxed); }

 private:
  const Generation* const generation_;
  EmbeddingSource* const behind_;
  VisitCounter* const visits_;
  std::atomic<uint32_t> hits_{0};
};

}  // namespace seekd

#endif  // SEEKD_CORE_COLLECTION_HOT_SOURCE_H_
