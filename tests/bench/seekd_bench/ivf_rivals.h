// One set of inverted lists, three places for the vectors.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_IVF_RIVALS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_IVF_RIVALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/vector/vector_set.h"
#include "tests/bench/seekd_bench/faiss_rivals.h"
#include "tests/bench/seekd_bench/rival.h"

namespace seekd::bench {

// `vectors` outlives all three. All find the same: every row of the lists probed is
// compared exactly.
std::unique_ptr<Rival> MakeIvfInMemory(const VectorSet* vectors,
                                       std::shared_ptr<const InvertedLists> lists);
// One read of the file per list probed.
absl::StatusOr<std::unique_ptr<Rival>> MakeIvfOnDisk(const VectorSet* vectors,
                                                     std::shared_ptr<const InvertedLists> lists,
                                                     const std::string& path);
// Keeps centroids and ids; every row of the lists probed is recomputed (EdgeRAG).
std::unique_ptr<Rival> MakeIvfRecompute(const VectorSet* vectors,
                                        std::shared_ptr<const InvertedLists> lists);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_IVF_RIVALS_H_
