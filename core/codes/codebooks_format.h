// Byte layout of the payload of codebooks.bin; docs/formats/codebooks.md explains it.
//
//   header   16 bytes
//   lengths  length_count * 16 bytes, ascending by code_bytes
//   stages   stages * dim * centroids x fp16: stage after stage, centroid after centroid
//   tables   length after length dim * centroids x fp16: subspace after subspace, centroid
//            after centroid
//
// Integers and floats are little-endian.
#ifndef SEEKD_CORE_CODES_CODEBOOKS_FORMAT_H_
#define SEEKD_CORE_CODES_CODEBOOKS_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kCodebooksMagic = "SEEKBOOK";
inline constexpr uint32_t kCodebooksVersion = 1;

struct CodebooksHeader {
  uint32_t dim;           // >= 1
  uint32_t stages;        // 0 to kMaxStages
  uint32_t centroids;     // 1 to 256
  uint32_t length_count;  // >= 1
};

struct CodebooksLength {
  uint32_t code_bytes;  // stages + subspaces + 1
  float min_scale;      // finite, > 0
  float scale_step;     // finite, >= 0
  uint32_t reserved;    // 0
};

static_assert(sizeof(CodebooksHeader) == 16);
static_assert(offsetof(CodebooksHeader, stages) == 4);
static_assert(offsetof(CodebooksHeader, centroids) == 8);
static_assert(offsetof(CodebooksHeader, length_count) == 12);
static_assert(sizeof(CodebooksLength) == 16);
static_assert(offsetof(CodebooksLength, min_scale) == 4);
static_assert(offsetof(CodebooksLength, scale_step) == 8);
static_assert(offsetof(CodebooksLength, reserved) == 12);

}  // namespace seekd

#endif  // SEEKD_CORE_CODES_CODEBOOKS_FORMAT_H_
