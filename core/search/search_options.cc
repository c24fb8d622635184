#include "core/search/search_options.h"

#include "absl/strings/str_cat.h"

namespace seekd {
namespace {

constexpr uint32_t kMaxTopK = 1000;
constexpr uint32_t kMaxBatchRows = 4096;
constexpr uint32_t kMaxBeamWidth = 1'000'000;

template <typename T>
absl::Status CheckRange(const char* field, T value, T low, T high) {
  if (value >= low && value <= high) return absl::OkStatus();  // false for NaN, too
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": expected ", low, " to ", high, ", found ", value));
}

}  // namespace

std::string_view StrategyName(Strategy strategy) {
  switch (strategy) {
    case Strategy::kFrugal:
      return "frugal";
    case Strategy::kExact:
      return "exact";
    case Strategy::kFlat:
      return "flat";
    case Strategy::kBrute:
      return "brute";
    case Strategy::kTwoLevel:
      return "two_level";
  }
  return "unknown";
}

std::string_view StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kConverged:
      return "converged";
    case StopReason::kExhausted:
      return "exhausted";
    case StopReason::kDeadline:
      return "deadline";
    case StopReason::kBudget:
      return "budget";
    case StopReason::kRunning:
      return "running";
  }
  return "unknown";
}

absl::Status SearchOptions::Validate() const {
  absl::Status status = CheckRange("top_k", top_k, 1U, kMaxTopK);
  status.Update(CheckRange("recall_target", recall_target, 0.5F, 0.99F));
  status.Update(CheckRange("beam_width", beam_width, 0U, kMaxBeamWidth));
  status.Update(CheckRange("batch_rows", batch_rows, 1U, kMaxBatchRows));
  status.Update(CheckRange("rerank_ratio", rerank_ratio, 0.0F, 1.0F));
  if (strategy == Strategy::kFlat && first_stage == FirstStage::kBeam) {
    status.Update(absl::InvalidArgumentError(
        "first_stage: expected auto or scan with strategy flat, found beam"));
  }
  return status;
}

}  // namespace seekd
