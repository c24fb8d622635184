// Where a build gets its vectors from, by row: from memory, or recomputed each time
// they are asked for. A build never needs all of them at once.
#ifndef SEEKD_CORE_VECTOR_ROW_SOURCE_H_
#define SEEKD_CORE_VECTOR_ROW_SOURCE_H_

#include <cstdint>
#include <functional>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/parallel_for.h"
#include "core/vector/vector_set.h"

namespace seekd {

// Thread safety: any thread may call.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual uint32_t dim() const = 0;
  virtual uint32_t size() const = 0;  // rows
  // Writes rows.size() * dim() floats, row after row. Errors: the source's.
  // REQUIRES: every row < size().
  virtual absl::Status Read(std::span<const uint32_t> rows, float* out) const = 0;
  // Whether reading it takes no encoder: keeping it would save nothing.
  virtual bool at_hand(uint32_t /*row*/) const { return false; }
};

class VectorRows final : public RowSource {
 public:
  // `vectors` must outlive this.
  explicit VectorRows(const VectorSet* vectors) : vectors_(vectors) {}
  uint32_t dim() const override { return vectors_->dim; }
  uint32_t size() const override { return vectors_->size(); }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override;

 private:
  const VectorSet* const vectors_;
};

// Rows read at once by the two functions below.
inline constexpr uint32_t kRowsPerRead = 256;
// Rows that `threads` threads hold while they read: a block each, and the source as much
// while it recomputes them.
inline uint64_t RowsBeingRead(uint32_t threads) {
  return uint64_t{2} * kRowsPerRead * ThreadCount(threads);
}

// Row i of the result is rows[i]. CANCELLED, and the source's errors.
absl::StatusOr<VectorSet> ReadRows(const RowSource& source, std::span<const uint32_t> rows,
                                   const ParallelForOptions& options);

// Calls body(worker, first, block) with every row once, in blocks of consecutive
// rows; block.row(i) is row first + i. Several threads at a time, worker <
// ThreadCount(threads): they hold no more than a block each.
absl::Status ForEachBlock(
    const RowSource& source, const ParallelForOptions& options,
    const std::function<void(uint32_t worker, uint32_t first, const VectorSet& block)>& body);

}  // namespace seekd

#endif  // SEEKD_CORE_VECTOR_ROW_SOURCE_H_
