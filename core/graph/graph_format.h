// Byte layout of the payload of graph.bin; docs/formats/graph.md explains it.
//
//   header   104 bytes
//   index    (groups + 1) x uint32: where each group's bits begin in `lists`
//   lists    one bit string per group of 8 nodes, padded to a byte
//   padding  8 zero bytes, so that a 64-bit load within a list stays inside
//
// All integers are little-endian.
#ifndef SEEKD_CORE_GRAPH_GRAPH_FORMAT_H_
#define SEEKD_CORE_GRAPH_GRAPH_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kGraphMagic = "SEEKGRPH";
inline constexpr uint32_t kGraphVersion = 1;
// More nodes per group: a smaller index, and more bits to skip per access.
inline constexpr uint32_t kGraphGroupNodes = 8;
inline constexpr uint32_t kGraphMaxEntryPoints = 16;
inline constexpr uint64_t kGraphPaddingBytes = 8;

struct GraphHeader {
  uint32_t node_count;
  uint32_t entry_count;  // 1 to 16; 0 when node_count is 0
  uint64_t edge_count;
  uint64_t index_offset;  // from the payload's begin, as the next
  uint64_t lists_offset;
  uint64_t lists_bytes;                         // without the padding; < 4 GiB
  uint32_t entry_points[kGraphMaxEntryPoints];  // unused ones are 0
};

inline constexpr size_t kGraphHeaderBytes = 104;
static_assert(sizeof(GraphHeader) == kGraphHeaderBytes);
static_assert(offsetof(GraphHeader, entry_count) == 4);
static_assert(offsetof(GraphHeader, edge_count) == 8);
static_assert(offsetof(GraphHeader, index_offset) == 16);
static_assert(offsetof(GraphHeader, lists_offset) == 24);
static_assert(offsetof(GraphHeader, lists_bytes) == 32);
static_assert(offsetof(GraphHeader, entry_points) == 40);

inline constexpr uint32_t GraphGroupCount(uint32_t nodes) {
  return nodes / kGraphGroupNodes + (nodes % kGraphGroupNodes != 0);
}

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_GRAPH_FORMAT_H_
