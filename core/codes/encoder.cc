#include <vector>

#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/codes/subspace_quantizer.h"

namespace seekd {

VectorEncoder::VectorEncoder(const Codebook& codebook) : quantizers_(MakeQuantizers(codebook)) {
  for (uint32_t s = 0; s < codebook.code_bytes; ++s) begins_.push_back(codebook.begin(s));
}

VectorEncoder::~VectorEncoder() = default;

void VectorEncoder::Encode(const VectorSet& vectors, uint8_t* out) const {
  // Subspaces outermost: one subspace's centroids stay in the first-level cache.
  for (size_t s = 0; s < quantizers_.size(); ++s) {
    for (uint32_t i = 0; i < vectors.size(); ++i) {
      float distance = 0;
      out[i * quantizers_.size() + s] =
          static_cast<uint8_t>(quantizers_[s].Nearest(vectors.row(i) + begins_[s], &distance));
    }
  }
}

absl::StatusOr<std::vector<uint8_t>> EncodeRows(const Codebook& codebook, const RowSource& source,
                                                uint32_t threads,
                                                const CancellationPtr& cancellation) {
  const VectorEncoder encoder(codebook);
  std::vector<uint8_t> codes(size_t{source.size()} * codebook.code_bytes);
  const auto encode = [&](uint32_t, uint32_t first, const VectorSet& block) {
    encoder.Encode(block, codes.data() + size_t{first} * codebook.code_bytes);
  };
  ABSL_RETURN_IF_ERROR(ForEachBlock(source, {threads, 1, cancellation, {}}, encode));
  return codes;
}

}  // namespace seekd
