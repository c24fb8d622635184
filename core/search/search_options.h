// What a caller may ask of a search. Plain values.
#ifndef SEEKD_CORE_SEARCH_SEARCH_OPTIONS_H_
#define SEEKD_CORE_SEARCH_SEARCH_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "core/base/cancellation.h"

namespace seekd {

enum class Strategy {
  kFrugal,    // wide beam over codes, then rounds of exact refinement (default)
  kExact,     // LEANN Algorithm 1: best-first over recomputed distances
  kFlat,      // scan all codes, then refine
  kBrute,     // recompute everything
  kTwoLevel,  // LEANN Algorithm 2: codes choose what exact best-first search recomputes
};
std::string_view StrategyName(Strategy strategy);

// How `frugal` and `flat` find the candidates that they refine.
enum class FirstStage {
  kAuto,  // what the calibration, or a filter, makes cheapest (default)
  kBeam,  // best-first walk of the graph by codes
  kScan,  // scan of all codes, or of those the filter allows
};

struct SearchOptions {
  // Behaviour.
  Strategy strategy = Strategy::kFrugal;
  uint32_t top_k = 10;          // 1 .. 1000
  float recall_target = 0.90F;  // [0.5, 0.99]; picks margin and beam from the calibration
  uint32_t max_recomputed = 0;  // stop after that many rows, cached or not; 0: no limit
  bool use_cache = true;
  bool exact_scores = false;  // recompute every hit, also those that the codes are sure of
  // Performance; 0: chosen from the calibration.
  uint32_t beam_width = 0;   // `frugal`, `flat`: candidates kept by codes; others: ef
  float rerank_ratio = 0;    // `two_level`: share of the approximate queue, (0, 1]; 0: default
  uint32_t batch_rows = 16;  // rows recomputed per round, 1 .. 4096
  // For the ablation: a forced first stage runs whatever the filter; the stop rule stays
  // the one fitted for the calibration's own choice.
  FirstStage first_stage = FirstStage::kAuto;
  // The best found so far is returned at the deadline (complete = false). Looked
  // at between rounds: a round under way is waited for.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  CancellationPtr cancellation;  // CANCELLED

  // INVALID_ARGUMENT names the field, its range and its value.
  absl::Status Validate() const;
};

// kRunning: of an answer before the final one.
enum class StopReason { kConverged, kExhausted, kDeadline, kBudget, kRunning };
std::string_view StopReasonName(StopReason reason);  // "converged", ...

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_SEARCH_OPTIONS_H_
