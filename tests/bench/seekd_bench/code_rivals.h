// Rivals that look at codes first and at exact vectors of a few rows then.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_CODE_RIVALS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_CODE_RIVALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/index/generation.h"
#include "core/vector/vector_set.h"
#include "tests/bench/seekd_bench/rival.h"

namespace seekd::bench {

// One bit a dimension: on which side of the mean a row lies. All codes are scanned with
// the query's own values (asymmetric), then the best are recomputed. `vectors` outlives
// it.
std::unique_ptr<Rival> MakeSignCodes(const VectorSet* vectors);

// DiskANN's arrangement: a beam over the codes in memory, then the exact vector and links of
// each node of the beam from a file of 4 KiB sectors, as many nodes to a sector as fit.
// Graph and codes are `generation`'s. `vectors` outlives it.
absl::StatusOr<std::unique_ptr<Rival>> MakeDiskGraph(const VectorSet* vectors,
                                                     std::shared_ptr<const Generation> generation,
                                                     const std::string& path);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_CODE_RIVALS_H_
