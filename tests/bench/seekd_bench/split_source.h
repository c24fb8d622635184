// A round of a search asked for in two halves at once: the second half's texts are read
// and tokenised on another thread, or while the first half is encoded.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_SPLIT_SOURCE_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_SPLIT_SOURCE_H_

#include <asio/experimental/awaitable_operators.hpp>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/search/embedding_source.h"

namespace seekd::bench {

class SplitSource final : public EmbeddingSource {
 public:
  // `behind` outlives the source.
  explicit SplitSource(EmbeddingSource* behind) : behind_(behind) {}

  uint32_t dim() const override { return behind_->dim(); }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override {
    using asio::experimental::awaitable_operators::operator&&;
    if (ids.size() < 2) co_return co_await behind_->Fetch(std::move(ids), std::move(options));
    const auto middle = ids.begin() + static_cast<ptrdiff_t>(ids.size() / 2);
    std::vector<ChunkId> left(ids.begin(), middle), right(middle, ids.end());
    EncodeOptions options_again = options;
    std::vector<absl::StatusOr<EmbeddingRows>> halves(2);
    auto both = FetchInto(std::move(left), std::move(options), &halves[0]) &&
                FetchInto(std::move(right), std::move(options_again), &halves[1]);
    co_await std::move(both);
    SEEKD_CO_RETURN_IF_ERROR(halves[0].status());
    SEEKD_CO_RETURN_IF_ERROR(halves[1].status());
    co_return Join(*std::move(halves[0]), *halves[1]);
  }

 private:
  asio::awaitable<void> FetchInto(std::vector<ChunkId> ids, EncodeOptions options,
                                  absl::StatusOr<EmbeddingRows>* rows) {
    *rows = co_await behind_->Fetch(std::move(ids), std::move(options));
  }

  static EmbeddingRows Join(EmbeddingRows rows, const EmbeddingRows& more) {
    if (!rows.missing.empty() || !more.missing.empty()) {
      rows.missing.resize(rows.rows(), 0);
      for (size_t i = 0; i < more.rows(); ++i) rows.missing.push_back(more.is_missing(i) ? 1 : 0);
    }
    rows.values.insert(rows.values.end(), more.values.begin(), more.values.end());
    rows.recomputed += more.recomputed;
    rows.cache_hits += more.cache_hits;
    rows.times.fetch_us += more.times.fetch_us;
    rows.times.tokenize_us += more.times.tokenize_us;
    rows.times.queue_us += more.times.queue_us;
    rows.times.encode_us += more.times.encode_us;
    return rows;
  }

  EmbeddingSource* const behind_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_SPLIT_SOURCE_H_
