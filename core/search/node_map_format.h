// Layout of nodes.bin (docs/formats/nodes.md), inside a checked file.
#ifndef SEEKD_CORE_SEARCH_NODE_MAP_FORMAT_H_
#define SEEKD_CORE_SEARCH_NODE_MAP_FORMAT_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

namespace seekd {

inline constexpr std::string_view kNodeMapMagic = "SEEKNODE";
inline constexpr uint32_t kNodeMapVersion = 1;

// Payload header: node_count u32, low_bits u32, max_gap u64. The rest follows
// from these: the high bits, the low bits, the samples, each a whole number of
// 64-bit words.
inline constexpr uint64_t kNodeMapHeaderBytes = 16;
// A sample holds the position of every kNodesPerSample-th one in the high bits.
inline constexpr uint64_t kNodesPerSample = 512;

// Sizes and offsets of the sections; a function of the header.
struct NodeMapLayout {
  uint64_t node_count = 0;
  uint64_t max_gap = 0;  // chunk id minus node id of the last node
  uint32_t low_bits = 0;
  uint64_t high_bit_count = 0;
  uint64_t low_offset = 0;
  uint64_t sample_offset = 0;
  uint64_t payload_bytes = 0;

  static constexpr uint64_t WordBytes(uint64_t bits) { return (bits + 63) / 64 * 8; }

  // With floor(log2(max_gap / node_count)) low bits there are fewer than 3 * node_count
  // high bits, so nothing below can overflow for node_count < 2^32.
  static constexpr NodeMapLayout Of(uint64_t node_count, uint64_t max_gap) {
    NodeMapLayout layout;
    layout.node_count = node_count;
    layout.max_gap = max_gap;
    if (node_count > 0) {
      const uint64_t mean_gap = std::max<uint64_t>(max_gap / node_count, 1);
      layout.low_bits = static_cast<uint32_t>(std::bit_width(mean_gap)) - 1;
      layout.high_bit_count = node_count + (max_gap >> layout.low_bits) + 1;
    }
    layout.low_offset = kNodeMapHeaderBytes + WordBytes(layout.high_bit_count);
    layout.sample_offset = layout.low_offset + WordBytes(node_count * layout.low_bits);
    layout.payload_bytes =
        layout.sample_offset + (node_count + kNodesPerSample - 1) / kNodesPerSample * 8;
    return layout;
  }
};

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_NODE_MAP_FORMAT_H_
