// Codes of a bit a dimension: signs around the mean as they are, and after a random rotation
// as RaBitQ has them (Gao and Long 2024).
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_ONE_BIT_CODES_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_ONE_BIT_CODES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/vector/vector_set.h"
#include "tests/bench/seekd_bench/coded_rows.h"

namespace seekd::bench {

std::vector<float> MeanOf(const VectorSet& vectors);

// A bit decodes to the dimension's mean plus or minus its mean absolute deviation; a last byte is
// the scale to unit length. INVALID_ARGUMENT when a row of bits does not fill its bytes.
absl::StatusOr<CodedRows> CodeBySigns(const VectorSet& vectors);

// Signs s of what a random matrix P makes of r = x - mean, and a byte of |r|^2 / <s, P r>: the
// factor that makes <s, P q> an unbiased estimate of <q, r>. 8 * (code_bytes - 1) signs, which may
// be more or fewer than there are dimensions. The query keeps its floats. The matrix comes
// out of a seed and costs no bytes. What a table says is the estimate of <q, x> but for <q, mean>,
// which is the same for all rows. REQUIRES: code_bytes >= 2.
absl::StatusOr<CodedRows> CodeByRabitq(const VectorSet& vectors, uint32_t code_bytes,
                                       uint64_t seed);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_ONE_BIT_CODES_H_
