#include "core/vector/row_source.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"

namespace seekd {
namespace {

// The first error of several threads; after it they do no more work.
class FirstError {
 public:
  bool ok() const {
    const std::lock_guard lock(mutex_);
    return status_.ok();
  }
  void Update(absl::Status status) {
    const std::lock_guard lock(mutex_);
    status_.Update(std::move(status));
  }
  absl::Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  mutable std::mutex mutex_;
  absl::Status status_;
};

}  // namespace

absl::Status VectorRows::Read(std::span<const uint32_t> rows, float* out) const {
  for (const uint32_t row : rows) {
    out = std::copy(vectors_->row(row), vectors_->row(row) + vectors_->dim, out);
  }
  return absl::OkStatus();
}

absl::StatusOr<VectorSet> ReadRows(const RowSource& source, std::span<const uint32_t> rows,
                                   const ParallelForOptions& options) {
  VectorSet vectors{source.dim(), {}};
  vectors.values.resize(rows.size() * source.dim());
  ParallelForOptions reads = options;
  reads.grain = kRowsPerRead;
  FirstError error;
  const auto read = [&](uint32_t, uint64_t begin, uint64_t end) {
    if (!error.ok()) return;
    error.Update(
        source.Read(rows.subspan(begin, end - begin), vectors.values.data() + begin * vectors.dim));
  };
  ABSL_RETURN_IF_ERROR(ParallelFor(rows.size(), reads, read));
  ABSL_RETURN_IF_ERROR(error.status());
  return vectors;
}

absl::Status ForEachBlock(
    const RowSource& source, const ParallelForOptions& options,
    const std::function<void(uint32_t worker, uint32_t first, const VectorSet& block)>& body) {
  ParallelForOptions blocks = options;
  blocks.grain = kRowsPerRead;
  FirstError error;
  ABSL_RETURN_IF_ERROR(
      ParallelFor(source.size(), blocks, [&](uint32_t worker, uint64_t begin, uint64_t end) {
        if (!error.ok()) return;
        std::vector<uint32_t> rows(end - begin);
        std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
        VectorSet block{source.dim(), {}};
        block.values.resize(rows.size() * source.dim());
        const absl::Status status = source.Read(rows, block.values.data());
        if (status.ok()) body(worker, static_cast<uint32_t>(begin), block);
        error.Update(status);
      }));
  return error.status();
}

}  // namespace seekd
