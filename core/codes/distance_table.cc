#include <limits>

#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/codes/subspace_quantizer.h"

namespace seekd {
namespace {

// Four sums at once: one after the other, each look-up would wait for the
// addition before it. The order of additions is fixed, so that a code has one
// distance however it is asked for.
inline float Sum(const float* table, const uint8_t* code, uint32_t code_bytes) {
  float a = 0;
  float b = 0;
  float c = 0;
  float d = 0;
  uint32_t s = 0;
  for (; s + 4 <= code_bytes; s += 4, table += 4 * kMaxCentroids) {
    a += table[code[s]];
    b += table[kMaxCentroids + code[s + 1]];
    c += table[2 * kMaxCentroids + code[s + 2]];
    d += table[3 * kMaxCentroids + code[s + 3]];
  }
  for (; s < code_bytes; ++s, table += kMaxCentroids) a += table[code[s]];
  return (a + b) + (c + d);
}

// Squared distances of `point` from every centroid, subspace after subspace; infinity
// where there is none.
std::vector<float> CentroidDistances(const Codebook& codebook, std::span<const float> point) {
  std::vector<float> table(size_t{codebook.code_bytes} * kMaxCentroids,
                           std::numeric_limits<float>::infinity());
  for (uint32_t s = 0; s < codebook.code_bytes; ++s) {
    const float* centroid = codebook.centroid(s, 0);
    const uint32_t dims = codebook.dims(s);
    const float* part = point.data() + codebook.begin(s);
    for (uint32_t c = 0; c < codebook.centroids; ++c, centroid += dims) {
      float sum = 0;
      for (uint32_t d = 0; d < dims; ++d) {
        sum += (part[d] - centroid[d]) * (part[d] - centroid[d]);
      }
      table[size_t{s} * kMaxCentroids + c] = sum;
    }
  }
  return table;
}

}  // namespace

DistanceTable::DistanceTable(const Codebook& codebook, std::span<const float> query)
    : code_bytes_(codebook.code_bytes), table_(CentroidDistances(codebook, query)) {}

CodeNorms::CodeNorms(const Codebook& codebook)
    : code_bytes_(codebook.code_bytes),
      table_(CentroidDistances(codebook, std::vector<float>(codebook.dim, 0.0F))) {}

float CodeNorms::SquaredNorm(const uint8_t* code) const {
  return Sum(table_.data(), code, code_bytes_);
}

float DistanceTable::Distance(const uint8_t* code) const {
  return Sum(table_.data(), code, code_bytes_);
}

void DistanceTable::DistanceBlock(const uint8_t* codes, size_t count, float* out) const {
  for (size_t i = 0; i < count; ++i, codes += code_bytes_) {
    out[i] = Sum(table_.data(), codes, code_bytes_);
  }
}

}  // namespace seekd
