#include "tests/support/fake_embedding_source.h"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

namespace seekd::testing {
namespace {

std::vector<ChunkId> IdsFromOne(size_t count) {
  std::vector<ChunkId> ids;
  for (size_t i = 0; i < count; ++i) ids.emplace_back(i + 1);
  return ids;
}

}  // namespace

FakeEmbeddingSource::FakeEmbeddingSource(uint32_t dim, std::span<const ChunkId> ids,
                                         std::span<const float> values)
    : dim_(dim) {
  for (size_t i = 0; i < ids.size(); ++i) {
    auto row = values.subspan(i * dim, dim);
    table_[ids[i].value].assign(row.begin(), row.end());
  }
}

FakeEmbeddingSource::FakeEmbeddingSource(uint32_t dim, std::span<const float> values)
    : FakeEmbeddingSource(dim, IdsFromOne(values.size() / dim), values) {}

void FakeEmbeddingSource::Remove(ChunkId id) {
  std::lock_guard lock(mutex_);
  table_.erase(id.value);
}

void FakeEmbeddingSource::FailFrom(uint64_t call, absl::Status status) {
  std::lock_guard lock(mutex_);
  fail_from_ = call;
  failure_ = std::move(status);
}

std::vector<std::vector<ChunkId>> FakeEmbeddingSource::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

asio::awaitable<absl::StatusOr<EmbeddingRows>> FakeEmbeddingSource::Fetch(std::vector<ChunkId> ids,
                                                                          EncodeOptions options) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return Answer(ids, options);
}

absl::StatusOr<EmbeddingRows> FakeEmbeddingSource::Answer(const std::vector<ChunkId>& ids,
                                                          const EncodeOptions& options) {
  if (IsCancelled(options.cancellation)) return absl::CancelledError("fake: cancelled");
  rows_requested_ += ids.size();
  std::lock_guard lock(mutex_);
  requests_.push_back(ids);
  if (calls_++ >= fail_from_) return failure_;

  EmbeddingRows rows;
  rows.dim = dim_;
  rows.values.assign(ids.size() * dim_, 0.0f);
  rows.missing.assign(ids.size(), 0);
  std::unordered_map<uint64_t, bool> seen;
  for (size_t i = 0; i < ids.size(); ++i) {
    auto it = table_.find(ids[i].value);
    if (it == table_.end()) {
      rows.missing[i] = 1;
      continue;
    }
    std::copy(it->second.begin(), it->second.end(), rows.values.begin() + i * dim_);
    if (!seen.emplace(ids[i].value, true).second) continue;
    const bool hit = remember_ && options.use_cache && fetched_.count(ids[i].value) > 0;
    hit ? ++rows.cache_hits : ++rows.recomputed;
    fetched_[ids[i].value] = true;
  }
  if (std::count(rows.missing.begin(), rows.missing.end(), 1) == 0) rows.missing.clear();
  return rows;
}

}  // namespace seekd::testing
