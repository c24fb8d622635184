#include "core/vector/row_source.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/base/status_macros.h"

namespace seekd {

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
  const auto read = [&](uint32_t, uint64_t begin, uint64_t end) {
    return source.Read(rows.subspan(begin, end - begin),
                       vectors.values.data() + begin * vectors.dim);
  };
  ABSL_RETURN_IF_ERROR(TryParallelFor(rows.size(), reads, read));
  return vectors;
}

absl::Status ForEachBlock(
    const RowSource& source, const ParallelForOptions& options,
    const std::function<void(uint32_t worker, uint32_t first, const VectorSet& block)>& body) {
  ParallelForOptions blocks = options;
  blocks.grain = kRowsPerRead;
  const auto visit = [&](uint32_t worker, uint64_t begin, uint64_t end) -> absl::Status {
    std::vector<uint32_t> rows(end - begin);
    std::iota(rows.begin(), rows.end(), static_cast<uint32_t>(begin));
    VectorSet block{source.dim(), {}};
    block.values.resize(rows.size() * source.dim());
    ABSL_RETURN_IF_ERROR(source.Read(rows, block.values.data()));
    body(worker, static_cast<uint32_t>(begin), block);
    return absl::OkStatus();
  };
  return TryParallelFor(source.size(), blocks, visit);
}

}  // namespace seekd
