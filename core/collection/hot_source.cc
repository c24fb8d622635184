#include "core/collection/hot_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// What one call finds in the hot cache, and what is left to ask for.
struct HotRows {
  EmbeddingRows rows;             // as asked; those of `left` are still to come
  std::vector<ChunkId> left;      // not held
  std::vector<size_t> positions;  // of `left` in `rows`
};

absl::StatusOr<HotRows> ReadHot(const Generation& generation, const std::vector<ChunkId>& ids) {
  const HotCache& hot = *generation.hot();
  HotRows found;
  found.rows.dim = hot.dim();
  found.rows.values.resize(ids.size() * hot.dim());
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::optional<NodeId> node = generation.nodes().Find(ids[i]);
    const std::span<const uint16_t> row = node ? hot.Find(*node) : std::span<const uint16_t>();
    if (row.empty()) {
      found.left.push_back(ids[i]);
      found.positions.push_back(i);
    } else {
      FromHalf(row, found.rows.values.data() + i * hot.dim());
    }
  }
  // Last: a page that was lost under the loop read as zeros.
  ABSL_RETURN_IF_ERROR(generation.status());
  found.rows.cache_hits = static_cast<uint32_t>(ids.size() - found.left.size());
  return found;
}

// Puts the rows that came for `found.left` into their places.
EmbeddingRows Merge(HotRows found, const EmbeddingRows& late) {
  EmbeddingRows rows = std::move(found.rows);
  if (!late.missing.empty()) rows.missing.resize(rows.rows(), 0);
  for (size_t i = 0; i < found.positions.size(); ++i) {
    const size_t position = found.positions[i];
    std::ranges::copy(late.row(i),
                      rows.values.begin() + static_cast<ptrdiff_t>(position * rows.dim));
    if (late.is_missing(i)) rows.missing[position] = 1;
  }
  rows.recomputed = late.recomputed;
  rows.cache_hits += late.cache_hits;
  rows.times = late.times;
  return rows;
}

}  // namespace

asio::awaitable<absl::StatusOr<EmbeddingRows>> HotSource::Fetch(std::vector<ChunkId> ids,
                                                                EncodeOptions options) {
  if (visits_ != nullptr && options.use_cache) visits_->Add(ids);
  if (generation_ == nullptr || generation_->hot() == nullptr || !options.use_cache) {
    co_return co_await behind_->Fetch(std::move(ids), std::move(options));
  }
  SEEKD_CO_ASSIGN_OR_RETURN(HotRows found, ReadHot(*generation_, ids));
  hits_.fetch_add(found.rows.cache_hits, std::memory_order_relaxed);
  if (found.left.empty()) co_return std::move(found.rows);
  std::vector<ChunkId> left = std::move(found.left);
  SEEKD_CO_ASSIGN_OR_RETURN(const EmbeddingRows late,
                            co_await behind_->Fetch(std::move(left), std::move(options)));
  co_return Merge(std::move(found), late);
}

}  // namespace seekd
