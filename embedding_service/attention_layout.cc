#include "embedding_service/attention_layout.h"

#include <algorithm>

namespace seekd {
namespace {

std::vector<AttentionBucket> Buckets(std::span<const uint32_t> lengths, double least_fill) {
  std::vector<AttentionBucket> buckets;
  for (uint32_t i = 0; i < lengths.size(); ++i) {
    if (buckets.empty() || lengths[i] < least_fill * buckets.back().length) {
      buckets.push_back({i, 0, lengths[i], false});
    }
    AttentionBucket& bucket = buckets.back();
    bucket.padded |= bucket.sequences > 0 && lengths[i] != bucket.length;
    bucket.length = std::max(bucket.length, lengths[i]);
    ++bucket.sequences;
  }
  for (AttentionBucket& bucket : buckets) {
    if (!bucket.padded) continue;
    bucket.length = (bucket.length + kMaskAlignment - 1) / kMaskAlignment * kMaskAlignment;
  }
  return buckets;
}

void NumberSlots(std::span<const uint32_t> lengths, AttentionLayout* layout) {
  int32_t token = 0;
  for (const AttentionBucket& bucket : layout->buckets) {
    for (const uint32_t length : lengths.subspan(bucket.first, bucket.sequences)) {
      for (uint32_t i = 0; i < length; ++i) {
        layout->slot_of_token.push_back(static_cast<int32_t>(layout->token_of_slot.size()));
        layout->token_of_slot.push_back(token + static_cast<int32_t>(i));
      }
      layout->token_of_slot.resize(layout->token_of_slot.size() + bucket.length - length, token);
      token += static_cast<int32_t>(length);
    }
  }
}

}  // namespace

AttentionLayout PlanAttention(std::span<const uint32_t> lengths, double least_fill) {
  AttentionLayout layout;
  layout.buckets = Buckets(lengths, least_fill);
  for (const AttentionBucket& bucket : layout.buckets) {
    layout.padded |= bucket.padded;
    layout.slots += uint64_t{bucket.sequences} * bucket.length;
  }
  if (layout.padded) NumberSlots(lengths, &layout);
  return layout;
}

}  // namespace seekd
