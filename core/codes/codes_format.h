// Byte layout of the payload of codes.bin; docs/formats/codes.md explains it.
//
//   header    32 bytes
//   codebook  dim * centroids x fp16: subspace after subspace, centroid after centroid
//   codes     node_count * code_bytes bytes
//
// All integers are little-endian.
#ifndef SEEKD_CORE_CODES_CODES_FORMAT_H_
#define SEEKD_CORE_CODES_CODES_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kCodesMagic = "SEEKCODE";
inline constexpr uint32_t kCodesVersion = 1;
inline constexpr uint32_t kMaxCentroids = 256;  // a code byte names one

struct CodesHeader {
  uint32_t dim;         // >= 1
  uint32_t code_bytes;  // 1 to dim
  uint32_t centroids;   // 1 to 256
  uint32_t node_count;
  uint64_t codebook_offset;  // from the payload's begin, as the next
  uint64_t codes_offset;
};

inline constexpr size_t kCodesHeaderBytes = 32;
static_assert(sizeof(CodesHeader) == kCodesHeaderBytes);
static_assert(offsetof(CodesHeader, code_bytes) == 4);
static_assert(offsetof(CodesHeader, centroids) == 8);
static_assert(offsetof(CodesHeader, node_count) == 12);
static_assert(offsetof(CodesHeader, codebook_offset) == 16);
static_assert(offsetof(CodesHeader, codes_offset) == 24);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODES_FORMAT_H_
