// seekd's own codes of many lengths and numbers of stages, for less than training and encoding
// each from the start: all of them share their stages.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_STAGED_CODES_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_STAGED_CODES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/codes/codes.h"
#include "core/vector/row_source.h"
#include "core/vector/vector_set.h"
#include "tests/bench/seekd_bench/coded_rows.h"

namespace seekd::bench {

inline constexpr uint32_t kTrainingSample = 40'000;

class StagedCodes {
 public:
  // Trains and encodes `stages` stages. `vectors` must outlive this.
  static absl::StatusOr<StagedCodes> Make(const VectorSet* vectors, uint32_t stages);

  // What TrainCodebook and EncodeRows make, scales fitted to all rows instead of the
  // sample. REQUIRES: stages <= those made.
  absl::StatusOr<CodedRows> Coded(uint32_t code_bytes, uint32_t stages) const;

 private:
  explicit StagedCodes(const VectorSet* vectors) : vectors_(vectors) {}

  const VectorSet* vectors_;
  Codebook codebook_;           // all stages, and one subspace that is left unread
  std::vector<uint8_t> codes_;  // of it
};

// Plain codes of the rows of `source`, rotated or not.
absl::StatusOr<CodedRows> CodeByProduct(const RowSource& source, uint32_t code_bytes);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_STAGED_CODES_H_
