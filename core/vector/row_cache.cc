#include "core/vector/row_cache.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// The first rows that are worth keeping. All are read equally often, but for the few that a
// calibration comes back to: no others are better.
std::vector<uint32_t> ChooseRows(const RowSource& behind, uint64_t count) {
  std::vector<uint32_t> rows;
  rows.reserve(std::min<uint64_t>(count, behind.size()));
  for (uint32_t row = 0; row < behind.size() && rows.size() < count; ++row) {
    if (!behind.at_hand(row)) rows.push_back(row);
  }
  return rows;
}

}  // namespace

RowCache::RowCache(const RowSource* behind, uint64_t max_bytes)
    : behind_(behind),
      kept_(ChooseRows(*behind, max_bytes / RowBytes(behind->dim()))),
      values_(new uint16_t[kept_.size() * behind->dim()]),  // written before it is read
      states_(std::make_unique<std::atomic<State>[]>(kept_.size())) {}

size_t RowCache::FindSlot(uint32_t row) const {
  const auto found = std::ranges::lower_bound(kept_, row);
  if (found == kept_.end() || *found != row) return kNoSlot;
  return static_cast<size_t>(found - kept_.begin());
}

// Another thread may be at the same row, with the same values.
void RowCache::Keep(size_t slot, std::span<const uint16_t> row) const {
  State expected = State::kEmpty;
  if (!states_[slot].compare_exchange_strong(expected, State::kBeingWritten)) return;
  std::ranges::copy(row, values_.get() + slot * dim());
  states_[slot].store(State::kFull, std::memory_order_release);
}

absl::Status RowCache::Read(std::span<const uint32_t> rows, float* out) const {
  std::vector<size_t> slots(rows.size());
  std::vector<uint32_t> missing;
  std::vector<size_t> places;  // of `missing` in `rows`
  uint64_t recomputed = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    slots[i] = FindSlot(rows[i]);
    if (slots[i] != kNoSlot && IsFull(slots[i])) continue;
    recomputed += behind_->at_hand(rows[i]) ? 0 : 1;
    missing.push_back(rows[i]);
    places.push_back(i);
  }
  // In front first, then each to its place: no second block is needed. places[m] >= m, so
  // that the last goes first.
  if (!missing.empty()) ABSL_RETURN_IF_ERROR(behind_->Read(missing, out));
  recomputed_.fetch_add(recomputed, std::memory_order_relaxed);
  for (size_t m = missing.size(); m-- > 0;) {
    const float* const read = out + m * dim();
    const std::vector<uint16_t> row = ToHalf({read, dim()});
    FromHalf(row, out + places[m] * dim());
    if (slots[places[m]] != kNoSlot) Keep(slots[places[m]], row);
    slots[places[m]] = kNoSlot;  // done
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (slots[i] == kNoSlot) continue;
    FromHalf({values_.get() + slots[i] * dim(), dim()}, out + i * dim());
  }
  return absl::OkStatus();
}

}  // namespace seekd
