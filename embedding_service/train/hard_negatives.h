// Wrong answers that the encoder still takes for right ones.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_HARD_NEGATIVES_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_HARD_NEGATIVES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "embedding_service/train/token_pairs.h"
#include "embedding_service/train/trainable_encoder.h"

namespace seekd::train {

constexpr uint32_t kNoNegative = UINT32_MAX;

// For each of the pairs numbered by `pool` the number of the one whose passage is nearest to its
// query among all of the pool, but its own and equal ones and those whose cosine is above `margin`
// times its own passage's; kNoNegative where none is left. Exceptions as the encoder's.
std::vector<uint32_t> FindHardNegatives(const TokenPairs& pairs, std::span<const uint32_t> pool,
                                        double margin, TrainableEncoder* encoder);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_HARD_NEGATIVES_H_
