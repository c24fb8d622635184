// Rotations of vectors before they are coded.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_ROTATION_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_ROTATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "core/vector/row_source.h"

namespace seekd::bench {

// A matrix of `out` rows and `in` columns. With out >= in its columns are orthonormal, so that
// inner products stay what they are; with fewer rows these are, and it is a projection.
struct Rotation {
  uint32_t in = 0;
  uint32_t out = 0;
  std::vector<float> values;  // row after row

  bool empty() const { return values.empty(); }
  // Writes `out` values. REQUIRES: `in` values at `row`.
  void Apply(const float* row, float* rotated) const;
};

// Gaussian vectors made orthonormal: every direction is as likely.
Rotation RandomRotation(uint32_t in, uint32_t out, uint64_t seed);

// The rows of `source`, rotated each time they are read. All borrowed.
class RotatedRows final : public RowSource {
 public:
  RotatedRows(const RowSource* source, const Rotation* rotation)
      : source_(source), rotation_(rotation) {}
  uint32_t dim() const override { return rotation_->out; }
  uint32_t size() const override { return source_->size(); }
  absl::Status Read(std::span<const uint32_t> rows, float* out) const override;

 private:
  const RowSource* const source_;
  const Rotation* const rotation_;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_ROTATION_H_
