// Byte layout of the payload of hot.bin; docs/formats/hot.md explains it.
//
//   header   32 bytes
//   nodes    row_count x uint32, ascending
//   rows     row_count * dim x fp16, in the order of the nodes
//
// All integers are little-endian.
#ifndef SEEKD_CORE_INDEX_HOT_CACHE_FORMAT_H_
#define SEEKD_CORE_INDEX_HOT_CACHE_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kHotCacheMagic = "SEEKHOTR";
inline constexpr uint32_t kHotCacheVersion = 1;

struct HotCacheHeader {
  uint32_t dim;  // >= 1
  uint32_t node_count;
  uint32_t row_count;     // at most node_count
  uint32_t reserved;      // 0
  uint64_t nodes_offset;  // from the payload's begin, as the next
  uint64_t rows_offset;
};

inline constexpr size_t kHotCacheHeaderBytes = 32;
static_assert(sizeof(HotCacheHeader) == kHotCacheHeaderBytes);
static_assert(offsetof(HotCacheHeader, node_count) == 4);
static_assert(offsetof(HotCacheHeader, row_count) == 8);
static_assert(offsetof(HotCacheHeader, nodes_offset) == 16);
static_assert(offsetof(HotCacheHeader, rows_offset) == 24);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_HOT_CACHE_FORMAT_H_
