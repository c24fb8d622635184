// Embeddings in files that other tools read, too: .fvecs and .ivecs of the TexMex
// corpora, row after row a little-endian int32 count and that many values
// (http://corpus-texmex.irisa.fr).
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_VECTOR_FILES_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_VECTOR_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/search/stop_rule.h"
#include "core/vector/vector_set.h"

namespace seekd::bench {

// A folder of them: base.fvecs (row i is node i), queries.fvecs (unseen by the
// calibration), pseudo.fvecs with pseudo.ivecs (the node each was taken from).
struct Embeddings {
  VectorSet base;
  VectorSet queries;
  PseudoQueries pseudo;
};

absl::Status WriteEmbeddings(const std::string& folder, const Embeddings& embeddings);
// Thinned to `nodes` base rows; 0: all. NOT_FOUND, DATA_LOSS.
absl::StatusOr<Embeddings> ReadEmbeddings(const std::string& folder, uint32_t nodes);
// Of `rows` row numbers at most `most`, evenly spaced.
std::vector<uint32_t> SampleRows(uint32_t rows, uint32_t most);
// REQUIRES: 0 < count <= all.size().
VectorSet EvenlySpaced(const VectorSet& all, uint32_t count);
// A smaller collection: `nodes` base rows, evenly spaced, and the same queries. REQUIRES:
// 0 < nodes <= all.base.size().
Embeddings Thin(const Embeddings& all, uint32_t nodes);

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_VECTOR_FILES_H_
