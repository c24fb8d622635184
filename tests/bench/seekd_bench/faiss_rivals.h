// Rivals out of FAISS: HNSW, IVF, PQ and scalar quantizers, all with vectors or codes in
// memory, and the inverted lists that the other two IVF rivals use.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_FAISS_RIVALS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_FAISS_RIVALS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/vector/vector_set.h"
#include "tests/bench/seekd_bench/rival.h"

namespace seekd::bench {

// Builds use two threads, searches one. All borrow nothing: FAISS copies the vectors.
absl::StatusOr<std::unique_ptr<Rival>> MakeHnsw(const VectorSet& vectors, uint32_t m,
                                                uint32_t ef_construction);
// `bytes` of code per row, no re-scoring.
absl::StatusOr<std::unique_ptr<Rival>> MakePq(const VectorSet& vectors, uint32_t bytes);
// 8 or 4 bits per dimension, no re-scoring.
absl::StatusOr<std::unique_ptr<Rival>> MakeScalarQuantizer(const VectorSet& vectors, uint32_t bits);

// The rows around about sqrt(N) centroids.
class InvertedLists {
 public:
  static absl::StatusOr<std::shared_ptr<const InvertedLists>> Make(const VectorSet& vectors);
  virtual ~InvertedLists() = default;
  virtual uint32_t list_count() const = 0;
  virtual const std::vector<uint32_t>& list(uint32_t i) const = 0;  // its rows
  // The `count` lists nearest to the query, nearest first.
  virtual std::vector<uint32_t> Nearest(std::span<const float> query, uint32_t count) const = 0;
  // fp32 centroids and a 4-byte id for each row.
  virtual uint64_t bytes_without_vectors() const = 0;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_FAISS_RIVALS_H_
