// Which of the waiting inputs go into the next batch. Pure.
#ifndef SEEKD_EMBEDDING_SERVICE_BATCH_LAYOUT_H_
#define SEEKD_EMBEDDING_SERVICE_BATCH_LAYOUT_H_

#include <cstdint>
#include <span>
#include <vector>

namespace seekd {

// Packs inputs of the given lengths (tokens) into batches of similar length:
// a batch padded to its longest input, rows * longest, stays within `budget`
// tokens. An input longer than the budget is a batch of its own. An input of
// length 0 counts as 1.
//
// Result: a partition of 0 .. lengths.size() - 1. Inside a batch and from batch
// to batch lengths descend; equal lengths keep their order.
std::vector<std::vector<uint32_t>> PackBatches(std::span<const uint32_t> lengths, uint64_t budget);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_BATCH_LAYOUT_H_
