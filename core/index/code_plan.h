// How a budget is spent on codes: by which codebook, and how long they are. Pure.
#ifndef SEEKD_CORE_INDEX_CODE_PLAN_H_
#define SEEKD_CORE_INDEX_CODE_PLAN_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "core/codes/codes.h"

namespace seekd {

inline constexpr uint32_t kMinCodeBytes = 8;

struct CodeLimits {
  uint32_t dim = 0;
  uint64_t sample_rows = 0;  // to train on
  uint32_t max_code_bytes = 256;
  std::span<const CodeShape> shared = {};  // the model's codebooks, ascending by code_bytes
};

// An own codebook: as many stages as pay for a collection of this size and can be trained, as far
// as the codebook takes no more than a quarter of the budget, else fewer centroids (256, 128,
// ... 16); then the longest code whose codes.bin fits into `budget_bytes`. RESOURCE_EXHAUSTED
// when not even the smallest does.
absl::StatusOr<CodeShape> PlanOwnCodes(uint64_t budget_bytes, uint64_t nodes,
                                       const CodeLimits& limits);
// The model's codebook for the longest codes that fit. RESOURCE_EXHAUSTED when none do, or there
// are none.
absl::StatusOr<CodeShape> PlanSharedCodes(uint64_t budget_bytes, uint64_t nodes,
                                          const CodeLimits& limits);
// The better of both: an own codebook where it need not save on centroids and takes few bytes of a
// node (docs/adr/0016).
absl::StatusOr<CodeShape> PlanCodes(uint64_t budget_bytes, uint64_t nodes,
                                    const CodeLimits& limits);

}  // namespace seekd

#endif  // SEEKD_CORE_INDEX_CODE_PLAN_H_
