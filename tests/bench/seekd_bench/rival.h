// Other ways to index the same vectors, for a comparison at equal recall.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_RIVAL_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_RIVAL_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd::bench {

// What one query was answered with and what it took.
struct RivalAnswer {
  std::vector<uint32_t> rows;  // at most k, of the vectors indexed
  uint64_t recomputed = 0;     // rows an encoder would be asked for
  uint64_t disk_reads = 0;     // reads of the file of vectors
  uint64_t disk_bytes = 0;
};

class Rival {
 public:
  virtual ~Rival() = default;
  virtual std::string name() const = 0;
  // What it keeps, text and encoder apart.
  virtual uint64_t index_bytes() const = 0;
  // The knob that recall grows with, and the range to look for it in; equal bounds: none.
  virtual std::string effort_name() const = 0;
  virtual uint32_t least_effort() const = 0;
  virtual uint32_t most_effort() const = 0;
  // The best k by this index's lights. On the calling thread.
  virtual absl::StatusOr<RivalAnswer> Search(std::span<const float> query, uint32_t k,
                                             uint32_t effort) = 0;
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_RIVAL_H_
