// The encoder's place taken by vectors at hand: chunk i + 1 is row i.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_VECTOR_SOURCE_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_VECTOR_SOURCE_H_

#include <cstdint>
#include <vector>

#include "core/search/embedding_source.h"
#include "core/vector/vector_set.h"

namespace seekd::bench {

// Keeps count of what was asked. One search at a time.
class VectorSource final : public EmbeddingSource {
 public:
  // `vectors` outlives the source.
  explicit VectorSource(const VectorSet* vectors) : vectors_(vectors) {}

  uint32_t dim() const override { return vectors_->dim; }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions) override {
    EmbeddingRows rows;
    rows.dim = vectors_->dim;
    for (const ChunkId id : ids) {
      const auto node = static_cast<uint32_t>(id.value - 1);
      rows.values.insert(rows.values.end(), vectors_->row(node), vectors_->row(node) + rows.dim);
      fetched_.push_back(node);
    }
    rows.recomputed = static_cast<uint32_t>(ids.size());
    co_return rows;
  }

  // Rows asked for since Clear, in order.
  const std::vector<uint32_t>& fetched() const { return fetched_; }
  void Clear() { fetched_.clear(); }

 private:
  const VectorSet* const vectors_;
  std::vector<uint32_t> fetched_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_VECTOR_SOURCE_H_
