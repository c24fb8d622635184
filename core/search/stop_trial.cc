#include "core/search/stop_trial.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "core/search/make_plan.h"
#include "core/search/search_options.h"
#include "core/search/top_k.h"
#include "core/vector/distance.h"

namespace seekd {

absl::Status KnownScores::Learn(std::span<const NodeId> nodes) {
  std::vector<uint32_t> unknown;
  for (const NodeId node : nodes) {
    if (!scores_.contains(node)) unknown.push_back(node.value);
  }
  if (unknown.empty()) return absl::OkStatus();
  const uint32_t dim = rows_->dim();
  std::vector<float> values(unknown.size() * dim);
  ABSL_RETURN_IF_ERROR(rows_->Read(unknown, values.data()));
  for (size_t i = 0; i < unknown.size(); ++i) {
    scores_[NodeId{unknown[i]}] = InnerProduct(query_, values.data() + i * dim, dim);
  }
  return absl::OkStatus();
}

absl::StatusOr<StopTrial> StopTrial::Run(const TrialInput& input, uint32_t k,
                                         const StopRule& rule) {
  const std::unique_ptr<Plan> plan =
      MakeRefinement(&input.graph, input.scorer, NodeFilter{}, rule, k,
                     /*exact_scores=*/false, input.ranked, 0);
  const uint32_t batch_rows = SearchOptions{}.batch_rows;
  StopTrial trial;
  std::vector<uint32_t>& right_after = trial.right_after_;
  TopK top(k);
  Stagnation stagnation;
  uint32_t handed_out = 0;
  for (;;) {
    trial.rounds_.push_back(
        {static_cast<uint32_t>(right_after.size() - 1), stagnation.See(top.Bound(), handed_out)});
    const std::vector<NodeId> batch = plan->NextBatch(batch_rows, top.Bound());
    if (batch.empty()) break;
    handed_out += static_cast<uint32_t>(batch.size());
    ABSL_RETURN_IF_ERROR(input.scores->Learn(batch));
    for (const NodeId node : batch) {
      if (input.source == node) continue;  // a link led to it
      const float score = input.scores->Of(node);
      top.Offer(ChunkId{node.value}, score);
      plan->Observe(node, DistanceOfScore(score));
      right_after.push_back(std::min(right_after.back() + (score >= input.right ? 1 : 0), k));
    }
  }
  std::vector<NodeId> estimated;  // looked up only to judge them
  for (const ScoredNode& node : plan->Estimates()) {
    top.Offer(ChunkId{node.node.value}, ScoreOfDistance(node.distance), /*estimated=*/true);
    estimated.push_back(node.node);
  }
  ABSL_RETURN_IF_ERROR(input.scores->Learn(estimated));
  right_after.back() = 0;
  for (const ScoredChunk& hit : top.Take()) {
    const float score = input.scores->Of(NodeId{static_cast<uint32_t>(hit.chunk.value)});
    right_after.back() += score >= input.right ? 1 : 0;
  }
  return trial;
}

uint32_t StopTrial::RowsBy(const StopRule& rule) const {
  auto rows = static_cast<uint32_t>(right_after_.size() - 1);
  if (rule.trust_codes) return rows;
  for (const Round& round : rounds_) {
    if (round.stagnant < rule.patience) continue;
    rows = round.rows;
    break;
  }
  return rule.max_rows == 0 ? rows : std::min(rows, rule.max_rows);
}

}  // namespace seekd
