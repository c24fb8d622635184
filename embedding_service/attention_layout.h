// How the packed sequences of a block are laid out for attention on a device, whose kernels want
// rectangles: neighbours of similar length share one, [sequences, length]. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_ATTENTION_LAYOUT_H_
#define SEEKD_EMBEDDING_SERVICE_ATTENTION_LAYOUT_H_

#include <cstdint>
#include <span>
#include <vector>

namespace seekd {

struct AttentionBucket {
  uint32_t first = 0;      // of its sequences
  uint32_t sequences = 0;  // >= 1
  uint32_t length = 0;     // of its rows: the longest of its sequences, rounded up where padded
  bool padded = false;     // some sequence is shorter than the rows
};

struct AttentionLayout {
  std::vector<AttentionBucket> buckets;  // of all sequences, in order
  bool padded = false;                   // some bucket is
  uint64_t slots = 0;                    // sum of sequences * length
  // Only where padded; else slots and tokens are the same.
  std::vector<int32_t> token_of_slot;  // one of its sequence where the slot has none
  std::vector<int32_t> slot_of_token;
};

// `lengths`: of the sequences of a block, >= 1, best descending. A sequence joins the bucket before
// it when it fills at least `least_fill` of that one's rows; with 0 there is one bucket. Rows of
// padded buckets are a multiple of kMaskAlignment long.
inline constexpr uint32_t kMaskAlignment = 16;
AttentionLayout PlanAttention(std::span<const uint32_t> lengths, double least_fill);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_ATTENTION_LAYOUT_H_
