#include <algorithm>
#include <limits>
#include <vector>

#include "core/codes/codes.h"
#include "core/codes/codes_format.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// Four sums at once: one after the other, each look-up would wait for the
// addition before it. The order of additions is fixed, so that a code has one
// distance however it is asked for.
inline float Sum(const float* table, const uint8_t* code, uint32_t bytes) {
  float a = 0;
  float b = 0;
  float c = 0;
  float d = 0;
  uint32_t s = 0;
  for (; s + 4 <= bytes; s += 4, table += 4 * kMaxCentroids) {
    a += table[code[s]];
    b += table[kMaxCentroids + code[s + 1]];
    c += table[2 * kMaxCentroids + code[s + 2]];
    d += table[3 * kMaxCentroids + code[s + 3]];
  }
  for (; s < bytes; ++s, table += kMaxCentroids) a += table[code[s]];
  return (a + b) + (c + d);
}

// Inner products of `part` with every centroid, one after the other in memory.
void InnerProducts(const float* part, uint32_t dims, const float* centroid, uint32_t centroids,
                   float* out) {
  for (uint32_t c = 0; c < centroids; ++c, centroid += dims) {
    out[c] = InnerProduct(part, centroid, dims);
  }
}

}  // namespace

DistanceTable::DistanceTable(const Codebook& codebook, std::span<const float> query)
    : code_bytes_(codebook.code_bytes()),
      rough_bytes_(std::max(codebook.stages, (code_bytes_ - 1) / kRoughShare)),
      table_(size_t{code_bytes_ - 1} * kMaxCentroids, -std::numeric_limits<float>::infinity()),
      scale_(kMaxCentroids) {
  float* row = table_.data();
  for (uint32_t stage = 0; stage < codebook.stages; ++stage, row += kMaxCentroids) {
    InnerProducts(query.data(), codebook.dim, codebook.stage_centroid(stage, 0), codebook.centroids,
                  row);
  }
  for (uint32_t s = 0; s < codebook.subspaces; ++s, row += kMaxCentroids) {
    InnerProducts(query.data() + codebook.begin(s), codebook.dims(s), codebook.centroid(s, 0),
                  codebook.centroids, row);
  }
  for (uint32_t b = 0; b < scale_.size(); ++b) scale_[b] = codebook.scale(static_cast<uint8_t>(b));
}

float DistanceTable::Distance(const uint8_t* code) const {
  const uint32_t last = code_bytes_ - 1;
  return 2.0F - 2.0F * scale_[code[last]] * Sum(table_.data(), code, last);
}

void DistanceTable::DistanceBlock(const uint8_t* codes, size_t count, float* out) const {
  for (size_t i = 0; i < count; ++i, codes += code_bytes_) out[i] = Distance(codes);
}

void DistanceTable::RoughDistanceBlock(const uint8_t* codes, size_t count, float* out) const {
  for (size_t i = 0; i < count; ++i, codes += code_bytes_) {
    out[i] = 2.0F - 2.0F * scale_[codes[code_bytes_ - 1]] * Sum(table_.data(), codes, rough_bytes_);
  }
}

}  // namespace seekd
