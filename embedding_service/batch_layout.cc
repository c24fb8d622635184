#include "embedding_service/batch_layout.h"

#include <algorithm>
#include <numeric>

namespace seekd {

std::vector<std::vector<uint32_t>> PackBatches(std::span<const uint32_t> lengths, uint64_t budget) {
  std::vector<uint32_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](uint32_t i) { return lengths[i]; });

  std::vector<std::vector<uint32_t>> batches;
  uint64_t rows_per_batch = 0;
  for (uint32_t i : order) {
    if (batches.empty() || batches.back().size() >= rows_per_batch) {
      batches.emplace_back();
      // Lengths descend, so the first input of a batch is its longest.
      rows_per_batch = std::max<uint64_t>(1, budget / std::max(lengths[i], 1u));
    }
    batches.back().push_back(i);
  }
  return batches;
}

}  // namespace seekd
