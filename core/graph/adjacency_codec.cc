#include "core/graph/adjacency_codec.h"

#include <algorithm>
#include <bit>

namespace seekd {
namespace {

constexpr uint32_t kMagnitudeBits = 4;
constexpr uint32_t kMaxMagnitude = (1U << kMagnitudeBits) - 1;
constexpr uint32_t kMaxCountBits = 24;  // of a count + 1, less its leading one

uint64_t LowBits(uint64_t value, uint32_t width) { return value & ((uint64_t{1} << width) - 1); }

// Elias gamma of count + 1 (Elias 1975): as many zeros as digits follow the
// leading one. Most counts are 1 to 6.
void EncodeCount(uint64_t count, BitWriter* out) {
  const uint64_t value = count + 1;
  const auto digits = static_cast<uint32_t>(std::bit_width(value)) - 1;
  out->Write(0, digits);
  out->Write(1, 1);
  out->Write(LowBits(value, digits), digits);
}

bool DecodeCount(BitReader* in, uint64_t* count) {
  const uint64_t bits = in->Peek();
  const auto digits = static_cast<uint32_t>(std::countr_zero(bits));
  if (digits > kMaxCountBits) return false;
  *count = ((uint64_t{1} << digits) | LowBits(bits >> (digits + 1), digits)) - 1;
  return in->Skip(2 * digits + 1);
}

}  // namespace

// The largest gap is node_count - 2; magnitude 15 must reach it.
AdjacencyCodec::AdjacencyCodec(uint32_t node_count)
    : node_count_(node_count),
      small_bits_(static_cast<uint32_t>(
          std::max(0, static_cast<int>(std::bit_width(node_count)) - int{kMaxMagnitude}))) {}

// Magnitude m > 0: gaps in [2^w, 2^(w+1)), w = small_bits + m - 1, in w digits.
void AdjacencyCodec::EncodeGap(uint32_t gap, BitWriter* out) const {
  const uint32_t size = static_cast<uint32_t>(std::bit_width(gap));
  const uint32_t magnitude = size <= small_bits_ ? 0 : size - small_bits_;
  const uint32_t width = magnitude == 0 ? small_bits_ : size - 1;
  out->Write(magnitude, kMagnitudeBits);
  out->Write(LowBits(gap, width), width);
}

inline bool AdjacencyCodec::DecodeGap(BitReader* in, uint64_t* gap) const {
  const uint64_t bits = in->Peek();
  const auto magnitude = static_cast<uint32_t>(LowBits(bits, kMagnitudeBits));
  const uint32_t width = small_bits_ + magnitude - (magnitude != 0);
  const uint64_t leading_one = uint64_t{magnitude != 0} << width;
  *gap = leading_one | LowBits(bits >> kMagnitudeBits, width);
  return in->Skip(kMagnitudeBits + width);
}

bool AdjacencyCodec::DecodeCounts(BitReader* in, Counts* counts) const {
  return DecodeCount(in, &counts->below) && DecodeCount(in, &counts->above) &&
         counts->below + counts->above <= in->remaining() / kMagnitudeBits;
}

void AdjacencyCodec::Encode(uint32_t node, std::span<const uint32_t> neighbors,
                            BitWriter* out) const {
  const auto split = std::lower_bound(neighbors.begin(), neighbors.end(), node);
  EncodeCount(static_cast<uint64_t>(split - neighbors.begin()), out);
  EncodeCount(static_cast<uint64_t>(neighbors.end() - split), out);
  uint32_t last = node;
  for (auto it = split; it != neighbors.begin(); last = *it) {
    --it;
    EncodeGap(last - *it - 1, out);
  }
  last = node;
  for (auto it = split; it != neighbors.end(); last = *it++) EncodeGap(*it - last - 1, out);
}

bool AdjacencyCodec::Decode(uint32_t node, BitReader* in, std::vector<NodeId>* neighbors) const {
  Counts counts;
  if (!DecodeCounts(in, &counts)) return false;
  neighbors->resize(counts.below + counts.above);
  uint64_t gap = 0;
  uint64_t last = node;
  for (uint64_t i = counts.below; i-- > 0;) {
    if (!DecodeGap(in, &gap) || gap >= last) return false;
    last -= gap + 1;
    (*neighbors)[i] = NodeId(static_cast<uint32_t>(last));
  }
  last = node;
  for (uint64_t i = counts.below; i < neighbors->size(); ++i) {
    if (!DecodeGap(in, &gap)) return false;
    last += gap + 1;
    if (last >= node_count_) return false;
    (*neighbors)[i] = NodeId(static_cast<uint32_t>(last));
  }
  return true;
}

bool AdjacencyCodec::Skip(BitReader* in) const {
  Counts counts;
  if (!DecodeCounts(in, &counts)) return false;
  uint64_t gap = 0;
  for (uint64_t i = 0; i < counts.below + counts.above; ++i) {
    if (!DecodeGap(in, &gap)) return false;
  }
  return true;
}

}  // namespace seekd
