// The rows of another source, each rounded to fp16, and as many of them kept as a budget
// allows, so that a build that passes over all rows several times does not have each
// recomputed each time.
//
// Every row is rounded, also one that is not kept: a row reads the same whenever and however
// often it is read, and nothing depends on what happened to be kept.
//
// Thread safety: any thread may call.
#ifndef SEEKD_CORE_VECTOR_ROW_CACHE_H_
#define SEEKD_CORE_VECTOR_ROW_CACHE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/vector/row_source.h"

namespace seekd {

class RowCache final : public RowSource {
 public:
  // `behind` outlives this.
  RowCache(const RowSource* behind, uint64_t max_bytes);

  // Bytes of one kept row.
  static uint64_t RowBytes(uint32_t dim) {
    return sizeof(uint32_t) + sizeof(State) + dim * sizeof(uint16_t);
  }

  uint32_t dim() const override { return behind_->dim(); }
  uint32_t size() const override { return behind_->size(); }
  // Kept, be it from its first reading on, or at hand behind.
  bool at_hand(uint32_t row) const override {
    return FindSlot(row) != kNoSlot || behind_->at_hand(row);
  }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override;

  // Of all rows kept, read yet or not.
  uint64_t bytes() const { return kept_.size() * RowBytes(dim()); }
  // Rows read from behind that were not at hand there.
  uint64_t recomputed() const { return recomputed_.load(std::memory_order_relaxed); }

 private:
  enum class State : uint8_t { kEmpty, kBeingWritten, kFull };
  static constexpr size_t kNoSlot = SIZE_MAX;

  size_t FindSlot(uint32_t row) const;
  bool IsFull(size_t slot) const {
    return states_[slot].load(std::memory_order_acquire) == State::kFull;
  }
  void Keep(size_t slot, std::span<const uint16_t> row) const;

  const RowSource* const behind_;
  const std::vector<uint32_t> kept_;  // ascending; slot i is of row kept_[i]
  const std::unique_ptr<uint16_t[]> values_;
  const std::unique_ptr<std::atomic<State>[]> states_;
  mutable std::atomic<uint64_t> recomputed_{0};
};

}  // namespace seekd

#endif  // SEEKD_CORE_VECTOR_ROW_CACHE_H_
