// k-means by FAISS: of the codebooks' subspaces, and of whole vectors where a graph is
// built in shards.
#ifndef SEEKD_CORE_CODES_KMEANS_H_
#define SEEKD_CORE_CODES_KMEANS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd {

struct KMeansOptions {
  uint32_t centroids = 256;
  uint32_t iterations = 12;
  uint64_t seed = 1;
};

// `centroids` rows of `dims` values from the rows in `points`, on the calling thread: a
// function of its input. INTERNAL says what FAISS says. REQUIRES: 1 <= centroids <= rows.
absl::StatusOr<std::vector<float>> KMeans(const std::vector<float>& points, uint32_t dims,
                                          const KMeansOptions& options);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_KMEANS_H_
