#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/subspace_quantizer.h"
#include "core/vector/distance.h"

namespace seekd {

uint8_t Codebook::ScaleByte(float wanted) const {
  if (!(scale_step > 0) || !(wanted > min_scale)) return 0;
  const float steps = (wanted - min_scale) / scale_step;
  return static_cast<uint8_t>(std::lround(std::min(steps, 255.0F)));
}

void Codebook::Decode(const uint8_t* code, float* out) const {
  std::fill_n(out, dim, 0.0F);
  for (uint32_t s = 0; s < subspaces; ++s) {
    std::copy_n(centroid(s, code[stages + s]), dims(s), out + begin(s));
  }
  for (uint32_t stage = 0; stage < stages; ++stage) {
    const float* values = stage_centroid(stage, code[stage]);
    for (uint32_t d = 0; d < dim; ++d) out[d] += values[d];
  }
  const float factor = scale(code[stages + subspaces]);
  for (uint32_t d = 0; d < dim; ++d) out[d] *= factor;
}

VectorEncoder::VectorEncoder(Codebook codebook)
    : codebook_(std::move(codebook)), quantizers_(MakeQuantizers(codebook_)) {}

VectorEncoder::~VectorEncoder() = default;

void VectorEncoder::EncodeByte(uint32_t byte, uint32_t begin, VectorSet* residual,
                               uint8_t* out) const {
  const SubspaceQuantizer& quantizer = quantizers_[byte];
  const uint32_t code_bytes = codebook_.code_bytes();
  for (uint32_t i = 0; i < residual->size(); ++i) {
    float* part = residual->values.data() + size_t{i} * residual->dim + begin;
    const uint32_t nearest = quantizer.Nearest(part);
    const float* centroid = quantizer.centroid(nearest);
    for (uint32_t d = 0; d < quantizer.dims(); ++d) part[d] -= centroid[d];
    out[size_t{i} * code_bytes + byte] = static_cast<uint8_t>(nearest);
  }
}

std::vector<float> VectorEncoder::Encode(const VectorSet& vectors, uint8_t* out) const {
  VectorSet residual = vectors;
  // Bytes outermost: one table of centroids stays in the cache.
  for (uint32_t stage = 0; stage < codebook_.stages; ++stage) EncodeByte(stage, 0, &residual, out);
  for (uint32_t s = 0; s < codebook_.subspaces; ++s) {
    EncodeByte(codebook_.stages + s, codebook_.begin(s), &residual, out);
  }
  std::vector<float> errors;
  std::vector<float> sum(vectors.dim);
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    const float* left = residual.row(i);
    std::transform(vectors.row(i), vectors.row(i) + vectors.dim, left, sum.begin(), std::minus<>());
    const float norm = std::sqrt(InnerProduct(sum.data(), sum.data(), vectors.dim));
    out[size_t{i + 1} * codebook_.code_bytes() - 1] = codebook_.ScaleByte(1 / norm);
    errors.push_back(InnerProduct(left, left, vectors.dim));
  }
  return errors;
}

absl::StatusOr<std::vector<uint8_t>> EncodeRows(const Codebook& codebook, const RowSource& source,
                                                uint32_t threads,
                                                const CancellationPtr& cancellation) {
  const VectorEncoder encoder(codebook);
  std::vector<uint8_t> codes(size_t{source.size()} * codebook.code_bytes());
  const auto encode = [&](uint32_t, uint32_t first, const VectorSet& block) {
    encoder.Encode(block, codes.data() + size_t{first} * codebook.code_bytes());
  };
  ABSL_RETURN_IF_ERROR(ForEachBlock(source, {threads, 1, cancellation, {}}, encode));
  return codes;
}

}  // namespace seekd
