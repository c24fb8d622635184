// The rotation of optimized product quantization (Ge et al. 2013, the non-parametric solution)
// for subspaces as Codebook cuts them.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_OPQ_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_OPQ_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/vector/vector_set.h"
#include "tests/bench/seekd_bench/rotation.h"

namespace seekd::bench {

// From no rotation at all: codes of the rotated rows are trained, then the rotation is fitted
// to what they decode to, in turns.
absl::StatusOr<Rotation> TrainOpq(const VectorSet& sample, uint32_t code_bytes);

// The orthonormal matrix nearest to a square one (its polar factor), in whose place it is
// written. Newton-Schulz iterations (Higham 2008, section 8.3): REQUIRES a matrix that is not
// singular.
void Orthonormalize(Rotation* matrix);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_OPQ_H_
