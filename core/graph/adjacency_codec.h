// The code of one adjacency list. Node ids follow the documents, so many
// neighbours of a node are close to it by number as well: a list is coded
// outward from its own node, as the gaps of the neighbours below it and of those
// above it. A gap costs 4 bits for its magnitude and then its digits, which suits
// gaps of 0 as well as gaps of a hundred thousand. Pure functions.
#ifndef SEEKD_CORE_GRAPH_ADJACENCY_CODEC_H_
#define SEEKD_CORE_GRAPH_ADJACENCY_CODEC_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/ids.h"
#include "core/graph/bit_stream.h"

namespace seekd {

class AdjacencyCodec {
 public:
  explicit AdjacencyCodec(uint32_t node_count);

  // Appends the list of `node`. REQUIRES: `neighbors` ascending and distinct,
  // without `node` itself, all below node_count.
  void Encode(uint32_t node, std::span<const uint32_t> neighbors, BitWriter* out) const;

  // Replaces *neighbors by the list, ascending, or moves past it. False when the
  // bits are no such list; every id given is below node_count whatever the bits.
  [[nodiscard]] bool Decode(uint32_t node, BitReader* in, std::vector<NodeId>* neighbors) const;
  [[nodiscard]] bool Skip(BitReader* in) const;

 private:
  struct Counts {
    uint64_t below;
    uint64_t above;
  };
  void EncodeGap(uint32_t gap, BitWriter* out) const;
  bool DecodeGap(BitReader* in, uint64_t* gap) const;
  bool DecodeCounts(BitReader* in, Counts* counts) const;

  uint32_t node_count_;
  uint32_t small_bits_;  // gaps below 2^small_bits_ share magnitude 0
};

}  // namespace seekd

#endif  // SEEKD_CORE_GRAPH_ADJACENCY_CODEC_H_
