#include <algorithm>
#include <vector>

#include "core/base/parallel_for.h"
#include "core/codes/codes.h"
#include "core/codes/subspace_quantizer.h"

namespace seekd {

std::vector<uint8_t> EncodeVectors(const Codebook& codebook, const VectorSet& vectors,
                                   uint32_t threads) {
  const std::vector<SubspaceQuantizer> quantizers = MakeQuantizers(codebook);
  std::vector<uint8_t> codes(size_t{vectors.size()} * codebook.code_bytes);
  // Rows in blocks, subspaces outermost: one subspace's centroids stay in the
  // first-level cache for a whole block.
  const auto encode = [&](uint32_t, uint64_t begin, uint64_t end) {
    for (uint32_t s = 0; s < codebook.code_bytes; ++s) {
      for (uint64_t i = begin; i < end; ++i) {
        float distance = 0;
        const float* row = vectors.row(static_cast<uint32_t>(i)) + codebook.begin(s);
        codes[i * codebook.code_bytes + s] =
            static_cast<uint8_t>(quantizers[s].Nearest(row, &distance));
      }
    }
  };
  // Never withdrawn, so it cannot fail.
  ParallelFor(vectors.size(), {.threads = threads, .grain = 128}, encode).IgnoreError();
  return codes;
}

}  // namespace seekd
