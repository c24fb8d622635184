// FitStopRule: every combination of a few beam widths and margins is run on every
// pseudo-query with the plan that a search runs, and the cheapest one that
// reaches a target is its entry.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/search/candidates.h"
#include "core/search/exact_truth.h"
#include "core/search/refine_plan.h"
#include "core/search/search_options.h"
#include "core/search/stop_rule.h"
#include "core/search/top_k.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr std::array<float, 6> kRecallTargets = {0.80F, 0.85F, 0.90F, 0.95F, 0.97F, 0.99F};
constexpr std::array<uint32_t, 4> kBeamWidths = {300, 1000, 2000, 4000};
// Margins tried, in units of the mean true k-th distance, so that they suit
// encoders of any spread.
constexpr float kFirstMargin = -0.40F;
constexpr float kMarginStep = 0.025F;
constexpr int kMarginSteps = 45;  // the last is +0.70
// A target of 1 - e is fitted to 1 - kMissShare * e: a few hundred pseudo-queries
// leave a standard error of about a hundredth, and a person's are less tidy.
constexpr float kMissShare = 0.5F;
// The room to spare may cost this many times what the bare target costs.
constexpr double kMaxSpareCost = 2;
// An expansion of the beam in units of a recomputed row of a cheap encoder.
constexpr double kRowsPerExpansion = 0.01;

// No search should cost more than this on average: larger margins are not tried.
constexpr uint64_t kMaxMeanRows = 500;

struct Fit {
  const VectorSet& vectors;
  const GraphView& graph;
  const CodesView& codes;
  const PseudoQueries& queries;
  uint32_t k;
  std::vector<float> kth_scores;

  const float* query(uint32_t q) const { return queries.vectors.row(q); }
  uint32_t query_count() const { return queries.vectors.size(); }
  bool IsSource(uint32_t q, NodeId node) const {
    return !queries.sources.empty() && queries.sources[q] == node;
  }
};

// What one combination did, summed over the queries.
struct Outcome {
  uint32_t width = 0;
  float margin = 0;
  uint64_t right = 0;  // true neighbours found
  uint64_t rows = 0;   // recomputed
};

// The first stage of one query, shared by all margins.
struct Prepared {
  std::shared_ptr<CodeScorer> scorer;
  std::vector<ScoredNode> ranked;
};

Prepared Prepare(const Fit& fit, uint32_t query, uint32_t width) {
  Prepared prepared;
  prepared.scorer = std::make_shared<CodeScorer>(
      &fit.codes, std::span<const float>(fit.query(query), fit.vectors.dim));
  uint64_t expanded = 0;
  prepared.ranked = GatherByBeam(fit.graph, width, prepared.scorer.get(), &expanded);
  return prepared;
}

void RunTrial(const Fit& fit, uint32_t query, const Prepared& prepared, Outcome* sum) {
  RefinePlan plan(&fit.graph, prepared.scorer, NodeFilter{}, sum->margin, prepared.ranked, 0);
  TopK top(fit.k);
  const uint32_t batch_rows = SearchOptions{}.batch_rows;
  for (;;) {
    const std::vector<NodeId> batch = plan.NextBatch(batch_rows, top.Bound());
    if (batch.empty()) break;
    for (const NodeId node : batch) {
      if (fit.IsSource(query, node)) continue;
      const float score =
          InnerProduct(fit.query(query), fit.vectors.row(node.value), fit.vectors.dim);
      top.Offer(ChunkId{node.value}, score);
      plan.Observe(node, DistanceOfScore(score));
      ++sum->rows;
    }
  }
  const float right = fit.kth_scores[query] - kScoreTieTolerance;
  for (const ScoredChunk& hit : top.Take()) sum->right += hit.score >= right ? 1 : 0;
}

absl::StatusOr<Outcome> RunMargin(const Fit& fit, const std::vector<Prepared>& prepared,
                                  uint32_t width, float margin, const ParallelForOptions& threads) {
  std::vector<Outcome> sums(ThreadCount(threads.threads), Outcome{width, margin, 0, 0});
  ABSL_RETURN_IF_ERROR(
      ParallelFor(prepared.size(), threads, [&](uint32_t worker, uint64_t begin, uint64_t end) {
        for (auto q = static_cast<uint32_t>(begin); q < end; ++q) {
          RunTrial(fit, q, prepared[q], &sums[worker]);
        }
      }));
  for (size_t worker = 1; worker < sums.size(); ++worker) {
    sums[0].right += sums[worker].right;
    sums[0].rows += sums[worker].rows;
  }
  return sums[0];
}

// Part of the true neighbours that a fit for `target` must find.
double WantedRecall(float target) { return 1 - kMissShare * (1 - target); }

// Appends the outcomes of one width for rising margins, until more rows than the
// highest target needs, or than is of use, are spent.
absl::Status RunWidth(const Fit& fit, uint32_t width, const std::vector<float>& margins,
                      const ParallelForOptions& threads, std::vector<Outcome>* outcomes) {
  const uint64_t queries = fit.query_count();
  std::vector<Prepared> prepared(queries);
  ABSL_RETURN_IF_ERROR(ParallelFor(queries, threads, [&](uint32_t, uint64_t begin, uint64_t end) {
    for (auto q = static_cast<uint32_t>(begin); q < end; ++q) {
      prepared[q] = Prepare(fit, q, width);
    }
  }));
  const double enough = WantedRecall(kRecallTargets.back()) * static_cast<double>(queries * fit.k);
  std::optional<uint64_t> sufficient_rows;
  for (const float margin : margins) {
    ABSL_ASSIGN_OR_RETURN(const Outcome outcome, RunMargin(fit, prepared, width, margin, threads));
    outcomes->push_back(outcome);
    if (outcome.rows > sufficient_rows.value_or(kMaxMeanRows * queries)) break;
    if (static_cast<double>(outcome.right) >= enough) sufficient_rows = outcome.rows;
  }
  return absl::OkStatus();
}

double Cost(const Outcome& outcome, uint32_t queries) {
  return static_cast<double>(outcome.rows) + kRowsPerExpansion * outcome.width * queries;
}

// Of the combinations that cost at most `max_cost` the cheapest whose recall reaches
// `wanted`; the one of highest recall (of these the cheapest) when none does. Of
// equal cost the larger margin, which serves a larger k better.
const Outcome& Cheapest(const Fit& fit, const std::vector<Outcome>& outcomes, double wanted,
                        double max_cost) {
  const uint32_t queries = fit.query_count();
  const auto right = static_cast<uint64_t>(std::ceil(wanted * queries * fit.k));
  const auto rank = [&](const Outcome& o) {
    const double cost = Cost(o, queries);
    const bool affordable = cost <= max_cost;
    return std::tuple(affordable, affordable ? std::min(o.right, right) : 0, -cost, o.margin);
  };
  return *std::max_element(
      outcomes.begin(), outcomes.end(),
      [&rank](const Outcome& a, const Outcome& b) { return rank(a) < rank(b); });
}

StopCalibration::Entry Choose(const Fit& fit, const std::vector<Outcome>& outcomes, float target) {
  constexpr double kAnyCost = std::numeric_limits<double>::infinity();
  const Outcome& bare = Cheapest(fit, outcomes, target, kAnyCost);
  const double max_cost = kMaxSpareCost * Cost(bare, fit.query_count());
  const Outcome& best = Cheapest(fit, outcomes, WantedRecall(target), max_cost);
  return {target, best.margin, best.width};
}

absl::Status CheckInput(const VectorSet& vectors, const GraphView& graph, const CodesView& codes,
                        const PseudoQueries& queries) {
  if (graph.node_count() != vectors.size() || codes.node_count() != vectors.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop rule: expected ", vectors.size(), " nodes, found ", graph.node_count(),
                     " in the graph and ", codes.node_count(), " in the codes"));
  }
  if (!queries.sources.empty() && queries.sources.size() != queries.vectors.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop rule: expected a source for each of ", queries.vectors.size(),
                     " queries or none, found ", queries.sources.size()));
  }
  if (queries.vectors.dim != vectors.dim || codes.codebook().dim != vectors.dim) {
    return absl::InvalidArgumentError(absl::StrCat(
        "stop rule: expected ", vectors.dim, " dimensions, found ", queries.vectors.dim,
        " in the queries and ", codes.codebook().dim, " in the codes"));
  }
  return absl::OkStatus();
}

std::vector<uint32_t> WidthsFor(uint32_t nodes) {
  std::vector<uint32_t> widths;
  for (const uint32_t width : kBeamWidths) {
    if (width < nodes) widths.push_back(width);
  }
  if (widths.size() < kBeamWidths.size()) widths.push_back(nodes);
  return widths;
}

std::vector<float> MarginsFor(const std::vector<float>& kth_scores) {
  double sum = 0;
  for (const float score : kth_scores) sum += DistanceOfScore(score);
  const auto unit = static_cast<float>(sum / static_cast<double>(kth_scores.size()));
  std::vector<float> margins;
  for (int step = 0; step < kMarginSteps; ++step) {
    margins.push_back(unit * (kFirstMargin + kMarginStep * static_cast<float>(step)));
  }
  return margins;
}

}  // namespace

absl::StatusOr<StopCalibration> FitStopRule(const VectorSet& vectors, const GraphView& graph,
                                            const CodesView& codes, const PseudoQueries& queries,
                                            uint32_t k, uint32_t threads,
                                            const CancellationPtr& cancellation) {
  const uint32_t findable =
      vectors.size() - std::min<uint32_t>(vectors.size(), queries.sources.empty() ? 0 : 1);
  if (queries.vectors.size() == 0 || findable == 0 || k == 0) return StopCalibration{};
  ABSL_RETURN_IF_ERROR(CheckInput(vectors, graph, codes, queries));
  Fit fit{vectors, graph, codes, queries, std::min(k, findable), {}};
  ABSL_ASSIGN_OR_RETURN(fit.kth_scores, KthScores(vectors, queries.vectors, queries.sources, fit.k,
                                                  threads, cancellation));
  const std::vector<float> margins = MarginsFor(fit.kth_scores);
  std::vector<Outcome> outcomes;
  for (const uint32_t width : WidthsFor(vectors.size())) {
    ABSL_RETURN_IF_ERROR(RunWidth(fit, width, margins, {threads, 1, cancellation, {}}, &outcomes));
  }
  ABSL_RETURN_IF_ERROR(graph.status());
  ABSL_RETURN_IF_ERROR(codes.status());
  StopCalibration calibration;
  for (const float target : kRecallTargets) {
    calibration.entries.push_back(Choose(fit, outcomes, target));
  }
  return calibration;
}

}  // namespace seekd
