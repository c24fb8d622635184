#include <limits>

#include "core/base/parallel_for.h"
#include "core/codes/codes.h"
#include "core/vector/distance.h"
#include "core/vector/kernel.h"

namespace seekd {
namespace {

constexpr uint64_t kRowsPerGrain = 256;

// Centroids of one subspace turned dimension-major, so that one loop runs over
// all centroids at once.
std::vector<float> Transposed(const Codebook& codebook) {
  std::vector<float> out(codebook.values.size());
  for (uint32_t s = 0; s < codebook.code_bytes; ++s) {
    const size_t base = size_t{codebook.begin(s)} * codebook.centroids;
    const uint32_t width = codebook.begin(s + 1) - codebook.begin(s);
    for (uint32_t c = 0; c < codebook.centroids; ++c) {
      for (uint32_t d = 0; d < width; ++d) {
        out[base + size_t{d} * codebook.centroids + c] =
            codebook.values[base + size_t{c} * width + d];
      }
    }
  }
  return out;
}

// distances[c] = squared distance of x (width floats) to centroid c.
SEEKD_KERNEL void AllDistances(const float* x, uint32_t width, const float* transposed,
                               uint32_t centroids, float* distances) {
  for (uint32_t c = 0; c < centroids; ++c) distances[c] = 0;
  for (uint32_t d = 0; d < width; ++d, transposed += centroids) {
    const float value = x[d];
#pragma omp simd
    for (uint32_t c = 0; c < centroids; ++c) {
      const float difference = value - transposed[c];
      distances[c] += difference * difference;
    }
  }
}

uint8_t Nearest(const float* distances, uint32_t centroids) {
  uint32_t best = 0;
  for (uint32_t c = 1; c < centroids; ++c) {
    if (distances[c] < distances[best]) best = c;
  }
  return static_cast<uint8_t>(best);
}

}  // namespace

std::vector<uint8_t> EncodeVectors(const Codebook& codebook, const VectorSet& vectors,
                                   uint32_t threads) {
  const std::vector<float> transposed = Transposed(codebook);
  std::vector<uint8_t> codes(size_t{vectors.size()} * codebook.code_bytes);
  const auto encode = [&](uint32_t, uint64_t begin, uint64_t end) {
    float distances[256];
    for (uint64_t row = begin; row < end; ++row) {
      const float* x = vectors.row(static_cast<uint32_t>(row));
      for (uint32_t s = 0; s < codebook.code_bytes; ++s) {
        const uint32_t first = codebook.begin(s);
        AllDistances(x + first, codebook.begin(s + 1) - first,
                     transposed.data() + size_t{first} * codebook.centroids, codebook.centroids,
                     distances);
        codes[row * codebook.code_bytes + s] = Nearest(distances, codebook.centroids);
      }
    }
  };
  // Nothing can withdraw it: no cancellation is passed.
  ParallelFor(vectors.size(), {threads, kRowsPerGrain, nullptr, nullptr}, encode).IgnoreError();
  return codes;
}

}  // namespace seekd
