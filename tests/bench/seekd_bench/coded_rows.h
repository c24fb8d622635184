// Codes of one kind for all rows of a collection, and in which order they put the rows.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_CODED_ROWS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_CODED_ROWS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/codes/codes.h"
#include "core/vector/row_source.h"
#include "tests/bench/seekd_bench/fixed_curve.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/report.h"
#include "tests/bench/seekd_bench/rotation.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {

// Every kind is put as a Codebook, so that one scan reads them all.
struct CodedRows {
  Codebook codebook;
  std::vector<uint8_t> codes;
  Rotation rotation;            // of a query, and of the rows that were coded; empty: none
  uint64_t codebook_bytes = 0;  // that a file would keep, with values as fp16
  double error = kNothing;      // mean squared, of the decoded directions
};

// Fits the range of scales to `scales`, one per row, and writes each row's byte. Scales above
// max_range times the least are cut.
void SetScales(const std::vector<float>& scales, float max_range, CodedRows* coded);
// The scales that make every row's sum of centroids as long as a unit vector, as
// TrainCodebook sets them. REQUIRES: all bytes but the last are written.
void SetUnitScales(CodedRows* coded);

// Of a sample of the rows that were coded. REQUIRES: source.dim() == codebook.dim.
absl::StatusOr<double> MeanSquaredError(const CodedRows& coded, const RowSource& source);

// Evenly spaced, at most `most` of them.
absl::StatusOr<VectorSet> SampleOf(const RowSource& source, uint32_t most);

// The rows that are right for each query at k, ties included.
using TrueRows = std::vector<std::vector<uint32_t>>;
absl::StatusOr<TrueRows> FindTrueRows(const Embeddings& embeddings, const Truth& truth, uint32_t k);

// How many rows come before each of the k first of `right` when rows are taken by distance, the
// first of equals first; ascending.
std::vector<uint32_t> PlacesOf(std::span<const uint32_t> right, std::span<const float> distances,
                               uint32_t k);

struct CodeOrder {
  FixedCurve curve;             // rows are recomputed in the order of their codes
  std::vector<double> scan_ms;  // per query: its table and the distances of all codes
};
// Exhaustive, with a query per thread.
absl::StatusOr<CodeOrder> MeasureOrder(const CodedRows& coded, const VectorSet& queries,
                                       const TrueRows& right, uint32_t k);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_CODED_ROWS_H_
