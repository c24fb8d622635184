#include "core/index/code_plan.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace seekd {
namespace {

constexpr uint32_t kMinCentroids = 16;
constexpr uint32_t kMaxCentroids = 256;
// A codebook must leave room for its codes.
constexpr uint64_t kMaxCodebookShare = 4;  // of the budget: one quarter
// Bytes per node that a stage's centroids may take: what else would have to be spent
// on subspaces for the same error (docs/adr/0015).
constexpr std::array<double, 4> kStageWorth = {8, 1.7, 0.4, 0.4};
// Bytes per node that a table of an own codebook may take to be worth them beside the model's
// codebook, which takes none: measured (docs/adr/0016).
constexpr double kOwnTableWorth = 8;
// Trained on fewer rows a table of all dimensions learns them by heart.
constexpr uint64_t kMinRowsPerCentroid = 39;

// Whether a table of 256 centroids can be trained, and takes at most `worth` bytes per node.
bool TablePays(double worth, uint64_t nodes, const CodeLimits& limits) {
  return limits.sample_rows >= kMinRowsPerCentroid * kMaxCentroids &&
         double{kMaxCentroids} * limits.dim * sizeof(uint16_t) <=
             worth * static_cast<double>(nodes);
}

uint32_t PlanStages(uint64_t nodes, const CodeLimits& limits) {
  uint32_t stages = 0;
  while (stages < kStageWorth.size() && TablePays(kStageWorth[stages], nodes, limits)) ++stages;
  return stages;
}

// Takes what is worth least off the codebook; false when there is nothing left to take.
bool Shrink(CodeShape* shape) {
  if (shape->stages > 0) {
    --shape->stages;
  } else if (shape->centroids > kMinCentroids) {
    shape->centroids /= 2;
  } else {
    return false;
  }
  return true;
}

absl::Status TooSmall(uint64_t budget_bytes, uint64_t nodes, uint64_t smallest) {
  return absl::ResourceExhaustedError(absl::StrCat("max_index_bytes leaves ", budget_bytes,
                                                   " bytes for the codes of ", nodes,
                                                   " chunks; the smallest take ", smallest));
}

}  // namespace

absl::StatusOr<CodeShape> PlanOwnCodes(uint64_t budget_bytes, uint64_t nodes,
                                       const CodeLimits& limits) {
  const uint32_t dim = limits.dim;
  CodeShape shape{0, PlanStages(nodes, limits), kMaxCentroids};
  const auto shortest = [&] {
    shape.code_bytes = std::min({kMinCodeBytes, limits.max_code_bytes, shape.stages + dim + 1});
    return CodesFileBytes(dim, shape, nodes);
  };
  while ((CodesFileBytes(dim, shape, 0) > budget_bytes / kMaxCodebookShare ||
          shortest() > budget_bytes) &&
         Shrink(&shape)) {
  }
  if (shortest() > budget_bytes) return TooSmall(budget_bytes, nodes, shortest());
  const uint32_t longest = std::min(limits.max_code_bytes, shape.stages + dim + 1);
  while (shape.code_bytes < longest) {
    ++shape.code_bytes;
    if (CodesFileBytes(dim, shape, nodes) <= budget_bytes) continue;
    --shape.code_bytes;
    break;
  }
  return shape;
}

absl::StatusOr<CodeShape> PlanSharedCodes(uint64_t budget_bytes, uint64_t nodes,
                                          const CodeLimits& limits) {
  CodeShape longest;
  for (const CodeShape& shape : limits.shared) {
    const uint64_t bytes = CodesFileBytes(limits.dim, shape, nodes);
    if (shape.code_bytes <= limits.max_code_bytes && bytes <= budget_bytes) longest = shape;
  }
  if (longest.code_bytes > 0) return longest;
  if (limits.shared.empty()) return absl::ResourceExhaustedError("the model has no codebooks");
  return TooSmall(budget_bytes, nodes, CodesFileBytes(limits.dim, limits.shared[0], nodes));
}

absl::StatusOr<CodeShape> PlanCodes(uint64_t budget_bytes, uint64_t nodes,
                                    const CodeLimits& limits) {
  absl::StatusOr<CodeShape> own = PlanOwnCodes(budget_bytes, nodes, limits);
  const bool own_is_whole = own.ok() && own->centroids == kMaxCentroids;
  if (own_is_whole && TablePays(kOwnTableWorth, nodes, limits)) return own;
  absl::StatusOr<CodeShape> shared = PlanSharedCodes(budget_bytes, nodes, limits);
  return shared.ok() ? shared : own;
}

}  // namespace seekd
