// An EmbeddingSource over a table of vectors that counts what is asked of it.
// Thread safety: any thread may call any member.
#ifndef SEEKD_TESTS_SUPPORT_FAKE_EMBEDDING_SOURCE_H_
#define SEEKD_TESTS_SUPPORT_FAKE_EMBEDDING_SOURCE_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "core/search/embedding_source.h"

namespace seekd::testing {

class FakeEmbeddingSource final : public EmbeddingSource {
 public:
  // Row i of `values` (row-major, `dim` floats each) answers chunk ids[i].
  FakeEmbeddingSource(uint32_t dim, std::span<const ChunkId> ids, std::span<const float> values);
  // Row i answers ChunkId(i + 1): the first ids a store would give.
  FakeEmbeddingSource(uint32_t dim, std::span<const float> values);

  uint32_t dim() const override { return dim_; }
  // Suspends once through the caller's executor, as the real source does.
  // Unknown ids are missing rows. Rows fetched before count as cache_hits when
  // remember() is on and the caller uses the cache.
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions options) override;

  void Remove(ChunkId id);                            // from now on missing
  void FailFrom(uint64_t call, absl::Status status);  // 0: from the next first call
  void set_remember(bool on) { remember_.store(on); }

  uint64_t calls() const { return calls_.load(); }
  uint64_t rows_requested() const { return rows_requested_.load(); }
  std::vector<std::vector<ChunkId>> requests() const;  // of every call, in order

 private:
  absl::StatusOr<EmbeddingRows> Answer(const std::vector<ChunkId>& ids,
                                       const EncodeOptions& options);

  const uint32_t dim_;
  std::atomic<bool> remember_{false};
  std::atomic<uint64_t> calls_{0};
  std::atomic<uint64_t> rows_requested_{0};

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, std::vector<float>> table_;  // by ChunkId
  std::unordered_map<uint64_t, bool> fetched_;
  std::vector<std::vector<ChunkId>> requests_;
  uint64_t fail_from_ = UINT64_MAX;
  absl::Status failure_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SUPPORT_FAKE_EMBEDDING_SOURCE_H_
