// Byte layout of the payload of codes.bin; docs/formats/codes.md explains it.
//
//   header    40 bytes
//   codebook  its own: (stages + 1) * dim * centroids x fp16: stage after stage, then subspace
//             after subspace; in each centroid after centroid
//             or the model's: 16 bytes, the digest of its codebooks.bin
//   codes     node_count * code_bytes bytes
//
// Integers and floats are little-endian.
#ifndef SEEKD_CORE_CODES_CODES_FORMAT_H_
#define SEEKD_CORE_CODES_CODES_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kCodesMagic = "SEEKCODE";
inline constexpr uint32_t kCodesVersion = 3;
// Version 2 knows its own codebook only, and says 0 where 3 says which.
inline constexpr uint32_t kOldestCodesVersion = 2;
inline constexpr uint32_t kMaxCentroids = 256;  // a code byte names one
inline constexpr uint32_t kMaxStages = 8;

inline constexpr uint32_t kOwnCodebook = 0;
inline constexpr uint32_t kSharedCodebook = 1;

struct CodesHeader {
  uint32_t dim;        // >= 1
  uint32_t stages;     // 0 to kMaxStages
  uint32_t subspaces;  // 1 to dim
  uint32_t centroids;  // 1 to 256
  uint32_t node_count;
  float min_scale;        // finite, > 0
  float scale_step;       // finite, >= 0
  uint32_t codebook;      // kOwnCodebook or kSharedCodebook
  uint64_t codes_offset;  // from the payload's begin
};

inline constexpr size_t kCodesHeaderBytes = 40;
static_assert(sizeof(CodesHeader) == kCodesHeaderBytes);
static_assert(offsetof(CodesHeader, stages) == 4);
static_assert(offsetof(CodesHeader, subspaces) == 8);
static_assert(offsetof(CodesHeader, centroids) == 12);
static_assert(offsetof(CodesHeader, node_count) == 16);
static_assert(offsetof(CodesHeader, min_scale) == 20);
static_assert(offsetof(CodesHeader, scale_step) == 24);
static_assert(offsetof(CodesHeader, codebook) == 28);
static_assert(offsetof(CodesHeader, codes_offset) == 32);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODES_FORMAT_H_
