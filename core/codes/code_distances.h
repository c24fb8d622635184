// Distances between coded vectors, where the vectors themselves are not at hand.
#ifndef SEEKD_CORE_CODES_CODE_DISTANCES_H_
#define SEEKD_CORE_CODES_CODE_DISTANCES_H_

#include <cstdint>
#include <span>

#include "core/codes/codes.h"
#include "core/vector/pair_distances.h"

namespace seekd {

// Mean squared distance of the rows from what their codes say.
float MeanCodeError(const Codebook& codebook, const VectorSet& vectors);

// Squared distance of two decoded vectors plus what both codes leave out, on average
// (symmetric distance computation; Jegou et al. 2011, section 3.3).
class CodeDistances final : public PairDistances {
 public:
  // `codes`: size() * code_bytes, of that codebook; both must outlive this. REQUIRES: no
  // stages.
  // `code_error`: MeanCodeError of a sample.
  CodeDistances(const Codebook& codebook, std::span<const uint8_t> codes, float code_error)
      : codebook_(codebook), codes_(codes), both_errors_(2 * code_error) {}

  uint32_t size() const override {
    return static_cast<uint32_t>(codes_.size() / codebook_.code_bytes());
  }
  float Between(uint32_t a, uint32_t b) const override;

 private:
  const Codebook& codebook_;
  const std::span<const uint8_t> codes_;
  const float both_errors_;
};

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODE_DISTANCES_H_
