// FitStopRule: every combination of a few first stages, patiences and margins is run on every
// pseudo-query with the plan that a search runs; what it would have found had it been stopped
// after fewer rows is read off the same run. The cheapest that reaches a target is its entry.
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
#include "core/search/first_stage_price.h"
#include "core/search/search_options.h"
#include "core/search/stop_rule.h"
#include "core/search/stop_trial.h"
#include "core/search/top_k.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

constexpr std::array<float, 6> kRecallTargets = {0.80F, 0.85F, 0.90F, 0.95F, 0.97F, 0.99F};
constexpr std::array<uint32_t, 2> kBeamWidths = {1000, 4000};
// Candidates kept of a scan of all codes.
constexpr uint32_t kScanWidth = 1000;
// Margins tried, in standard deviations of the codes' error around its mean, so that
// they suit codes of any length: in fine steps, then in coarse ones.
constexpr float kFirstMargin = -2;
constexpr float kFineStep = 0.25F;
constexpr int kFineSteps = 20;  // to +3
constexpr float kCoarseStep = 1;
constexpr int kCoarseSteps = 7;  // to +10
// Codes whose squared distances are off by no more than this (standard deviation; half
// of it in a score) may answer for themselves, and the margins tried then.
constexpr double kTrustedDeviation = 0.06;
constexpr int kTrustSteps = 16;  // to 4 deviations
// Rows without a better k-th distance; in a small collection no less than a round.
constexpr std::array<uint32_t, 6> kPatience = {4, 8, 16, 32, 64, 128};
// The worth of a link in the same unit: 0.04 with 40-byte codes.
constexpr float kLinkBonus = 0.35F;
// Candidates of each query on which the codes' error is measured.
constexpr size_t kErrorSample = 10;
// A target of 1 - e is fitted to 1 - kMissShare * e: pseudo-queries leave a standard
// error of about a hundredth, and a person's are less tidy.
constexpr float kMissShare = 0.7F;
// What an expansion of the beam takes, in microseconds.
constexpr double kExpansionUs = 1.0;

// No search should cost more than this on average, beside so many rows for each of its k hits:
// larger margins are not tried.
constexpr uint64_t kMaxMeanRows = 150;
constexpr uint64_t kMaxRowsPerHit = 3;
// True neighbours asked for with one k: a large k needs fewer queries.
constexpr uint32_t kNeighborsPerK = 1500;
constexpr uint32_t kMinQueriesPerK = 100;

// Rows that a query may take at most: from k, in steps of about an eighth.
std::vector<uint32_t> MaxRowsFor(uint32_t k) {
  std::vector<uint32_t> limits;
  for (uint64_t rows = k; rows <= kMaxMeanRows + kMaxRowsPerHit * k;
       rows += std::max<uint64_t>(rows / 8, 1)) {
    limits.push_back(static_cast<uint32_t>(rows));
  }
  return limits;
}

// Fewer say nothing about those to come.
constexpr uint32_t kFewestQueries = 16;

// How candidates are found.
struct FittedStage {
  uint32_t width = 0;
  bool scan = false;
};

struct Fit {
  const CalibrationInput& input;
  std::vector<KnownScores> scores;  // of each query

  const float* query(uint32_t q) const { return input.queries.vectors.row(q); }
  uint32_t query_count() const { return input.queries.vectors.size(); }
  std::optional<NodeId> source(uint32_t q) const {
    if (input.queries.sources.empty()) return std::nullopt;
    return input.queries.sources[q];
  }
};

// What one combination did, summed over the queries.
struct Outcome {
  FittedStage stage;
  StopRule rule;
  uint64_t right = 0;  // true neighbours found
  uint64_t rows = 0;   // recomputed
};

// The fit of one k: on the queries 0, stride, 2 * stride, ...
struct Task {
  uint32_t k = 0;
  uint32_t queries = 0;
  uint32_t stride = 1;
  std::vector<uint32_t> limits;  // of rows
  std::vector<Outcome> outcomes;
  double enough_cost = std::numeric_limits<double>::infinity();  // reaches every target
};

bool IsSmall(const CalibrationInput& input) { return input.rows.size() < kSparingNodes; }

Task NewTask(uint32_t k, const CalibrationInput& input) {
  const uint32_t queries = input.queries.vectors.size();
  const uint32_t wanted = std::max(kNeighborsPerK / k, kMinQueriesPerK);
  Task task;
  task.k = k;
  task.stride = std::max(queries / wanted, 1U);
  task.queries = (queries - 1) / task.stride + 1;
  if (!IsSmall(input)) task.limits = MaxRowsFor(k);
  return task;
}

// The first stage of one query, shared by all rules.
struct Prepared {
  std::shared_ptr<CodeScorer> scorer;
  std::vector<ScoredNode> ranked;  // the query's source left out
};

Prepared Prepare(const Fit& fit, uint32_t query, FittedStage stage) {
  const CalibrationInput& input = fit.input;
  Prepared prepared;
  prepared.scorer = std::make_shared<CodeScorer>(
      &input.codes, std::span<const float>(fit.query(query), input.rows.dim()));
  uint64_t expanded = 0;
  prepared.ranked = stage.scan
                        ? prepared.scorer->ScanAll(stage.width)
                        : GatherByBeam(input.graph, stage.width, prepared.scorer.get(), &expanded);
  std::erase_if(prepared.ranked,
                [&](const ScoredNode& node) { return fit.source(query) == node.node; });
  return prepared;
}

// Runs `rule` on the task's queries; `outcomes` are those of rules no looser, and are added to.
absl::Status RunMargin(Fit& fit, const Task& task, const std::vector<Prepared>& prepared,
                       const StopRule& rule, const ParallelForOptions& threads,
                       std::vector<Outcome>* outcomes) {
  std::vector<std::vector<Outcome>> sums(ThreadCount(threads.threads), *outcomes);
  const auto run = [&](uint32_t worker, uint64_t begin, uint64_t end) -> absl::Status {
    for (auto i = static_cast<uint32_t>(begin); i < end; ++i) {
      const uint32_t q = i * task.stride;
      const TrialInput input{fit.input.graph,
                             prepared[q].scorer,
                             prepared[q].ranked,
                             fit.source(q),
                             fit.input.truth[q][task.k - 1] - kScoreTieTolerance,
                             &fit.scores[q]};
      ABSL_ASSIGN_OR_RETURN(const StopTrial trial, StopTrial::Run(input, task.k, rule));
      for (Outcome& outcome : sums[worker]) {
        const uint32_t rows = trial.RowsBy(outcome.rule);
        outcome.rows += rows;
        outcome.right += trial.RightAfter(rows);
      }
    }
    return absl::OkStatus();
  };
  ABSL_RETURN_IF_ERROR(TryParallelFor(task.queries, threads, run));
  for (const std::vector<Outcome>& sum : sums) {
    for (size_t i = 0; i < sum.size(); ++i) {
      (*outcomes)[i].right += sum[i].right;
      (*outcomes)[i].rows += sum[i].rows;
    }
  }
  return absl::OkStatus();
}

// Part of the true neighbours that a fit for `target` must find.
double WantedRecall(float target) { return 1 - kMissShare * (1 - target); }

// Mean of k-th exact distance - k-th code distance.
float CodeBias(const Fit& fit, uint32_t k, const std::vector<Prepared>& prepared) {
  double sum = 0;
  uint32_t count = 0;
  for (uint32_t q = 0; q < prepared.size(); ++q) {
    if (prepared[q].ranked.size() < k) continue;
    sum += DistanceOfScore(fit.input.truth[q][k - 1]) - prepared[q].ranked[k - 1].distance;
    ++count;
  }
  return count == 0 ? 0 : static_cast<float>(sum / count);
}

// Code distance - exact distance of the best candidates.
struct CodeError {
  double mean = 0;
  double deviation = 0;
};

absl::StatusOr<CodeError> MeasureError(Fit& fit, const std::vector<Prepared>& prepared) {
  double sum = 0;
  double squares = 0;
  uint64_t count = 0;
  for (uint32_t q = 0; q < prepared.size(); ++q) {
    const auto& ranked = prepared[q].ranked;
    std::vector<NodeId> nodes;
    for (size_t i = 0; i < std::min(kErrorSample, ranked.size()); ++i) {
      nodes.push_back(ranked[i].node);
    }
    ABSL_RETURN_IF_ERROR(fit.scores[q].Learn(nodes));
    for (size_t i = 0; i < nodes.size(); ++i, ++count) {
      const double error = ranked[i].distance - DistanceOfScore(fit.scores[q].Of(nodes[i]));
      sum += error;
      squares += error * error;
    }
  }
  if (count == 0) return CodeError{};
  const double mean = sum / static_cast<double>(count);
  const double variance = squares / static_cast<double>(count) - mean * mean;
  return CodeError{mean, std::sqrt(std::max(variance, 0.0))};
}

// Around the k-th place, ascending; from none at all.
std::vector<float> TrustMargins(const CodeError& error) {
  std::vector<float> margins;
  for (int i = 0; i <= kTrustSteps; ++i) {
    margins.push_back(kFineStep * static_cast<float>(i * error.deviation));
  }
  return margins;
}

// Ascending.
std::vector<float> MarginsFor(const CodeError& error) {
  const auto at = [&](float deviations) {
    return static_cast<float>(error.mean + deviations * error.deviation);
  };
  std::vector<float> margins;
  for (int i = 0; i < kFineSteps; ++i) margins.push_back(at(kFirstMargin + kFineStep * i));
  const float coarse = kFirstMargin + kFineStep * kFineSteps;
  for (int i = 0; i <= kCoarseSteps; ++i) margins.push_back(at(coarse + kCoarseStep * i));
  return margins;
}

// Of a scan that keeps `width` of `nodes` nodes: whole codes that would take as long.
double CodesOfScan(uint32_t nodes, uint32_t width) {
  const uint64_t closely = LookedAtClosely(width, nodes);
  const double roughly = closely == nodes ? 0 : static_cast<double>(nodes) / kRoughShare;
  return roughly + static_cast<double>(closely);
}

// In rows: what the first stages of all queries take beyond what is free counts as many as would
// take the same time.
double Cost(const Fit& fit, const Task& task, const Outcome& outcome) {
  const CalibrationInput& input = fit.input;
  const double code_us = kScannedByteUs * input.codes.code_bytes();
  const double stage_us =
      outcome.stage.scan
          ? code_us * CodesOfScan(input.rows.size(), outcome.stage.width)
          : code_us * input.rows.size() / kSampleShare + kExpansionUs * outcome.stage.width;
  const double counted_us = std::max(stage_us - FreeStageUs(input.row_us), 0.0);
  return static_cast<double>(outcome.rows) + counted_us / input.row_us * task.queries;
}

uint64_t WantedRight(const Task& task, float target) {
  const double all = static_cast<double>(task.queries) * task.k;
  return static_cast<uint64_t>(std::ceil(WantedRecall(target) * all));
}

bool IsUseless(const Fit& fit, const Task& task, const Outcome& outcome) {
  return Cost(fit, task, outcome) >= task.enough_cost ||
         outcome.rows > (kMaxMeanRows + kMaxRowsPerHit * task.k) * task.queries;
}

// Appends the outcomes of one first stage for rising margins and each of `patiences` (ascending),
// until they cost more than is of use, or than what reaches every target.
absl::Status RunMargins(Fit& fit, const std::vector<Prepared>& prepared, FittedStage stage,
                        StopRule rule, std::vector<uint32_t> patiences,
                        const std::vector<float>& margins, const ParallelForOptions& threads,
                        Task* task) {
  for (const float margin : margins) {
    if (patiences.empty()) break;
    rule.margin = margin;
    rule.patience = patiences.back();
    std::vector<Outcome> outcomes;  // of each patience: the one without a limit, then the others
    for (const uint32_t patience : patiences) {
      outcomes.push_back({stage, rule});
      outcomes.back().rule.patience = patience;
      if (rule.trust_codes) continue;
      for (const uint32_t limit : task->limits) {
        outcomes.push_back(outcomes.back());
        outcomes.back().rule.max_rows = limit;
      }
    }
    ABSL_RETURN_IF_ERROR(RunMargin(fit, *task, prepared, rule, threads, &outcomes));
    for (const Outcome& outcome : outcomes) {
      if (outcome.rule.max_rows != 0) continue;
      if (outcome.right < WantedRight(*task, kRecallTargets.back())) continue;
      task->enough_cost = std::min(task->enough_cost, Cost(fit, *task, outcome));
    }
    for (const Outcome& outcome : outcomes) {
      if (outcome.rule.max_rows == 0 && IsUseless(fit, *task, outcome)) {
        std::erase(patiences, outcome.rule.patience);
      }
    }
    task->outcomes.insert(task->outcomes.end(), outcomes.begin(), outcomes.end());
  }
  return absl::OkStatus();
}

absl::Status RunStage(Fit& fit, FittedStage stage, const ParallelForOptions& threads,
                      std::vector<Task>* tasks) {
  std::vector<Prepared> prepared(fit.query_count());
  ABSL_RETURN_IF_ERROR(
      ParallelFor(prepared.size(), threads, [&](uint32_t, uint64_t begin, uint64_t end) {
        for (auto q = static_cast<uint32_t>(begin); q < end; ++q) {
          prepared[q] = Prepare(fit, q, stage);
        }
      }));
  ABSL_ASSIGN_OR_RETURN(const CodeError error, MeasureError(fit, prepared));
  StopRule rule;
  rule.link_bonus = kLinkBonus * static_cast<float>(error.deviation);
  const bool small = IsSmall(fit.input);
  std::vector<uint32_t> patiences(kPatience.begin(), kPatience.end());
  if (small) {
    std::erase_if(patiences, [](uint32_t rows) { return rows < SearchOptions{}.batch_rows; });
  }
  for (Task& task : *tasks) {
    rule.code_bias = CodeBias(fit, task.k, prepared);
    rule.trust_codes = false;
    ABSL_RETURN_IF_ERROR(
        RunMargins(fit, prepared, stage, rule, patiences, MarginsFor(error), threads, &task));
    if (error.deviation > kTrustedDeviation || small) continue;
    rule.trust_codes = true;
    rule.code_bias = static_cast<float>(-error.mean);
    ABSL_RETURN_IF_ERROR(RunMargins(fit, prepared, stage, rule, {rule.patience},
                                    TrustMargins(error), threads, &task));
  }
  return absl::OkStatus();
}

// The cheapest combination whose recall reaches `target`; the one of highest recall
// (of these the cheapest) when none does. Of equal cost the larger margin.
StopCalibration::Entry Choose(const Fit& fit, const Task& task, float target) {
  const uint64_t wanted = WantedRight(task, target);
  const auto rank = [&](const Outcome& o) {
    return std::tuple(std::min(o.right, wanted), -Cost(fit, task, o), o.rule.margin);
  };
  const Outcome& best =
      *std::max_element(task.outcomes.begin(), task.outcomes.end(),
                        [&rank](const Outcome& a, const Outcome& b) { return rank(a) < rank(b); });
  return {task.k, target, best.rule, best.stage.width, best.stage.scan};
}

absl::Status CheckInput(const CalibrationInput& input) {
  const auto& [rows, graph, codes, queries, truth, row_us] = input;
  if (!(row_us > 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop rule: row_us must be positive, got ", row_us));
  }
  if (graph.node_count() != rows.size() || codes.node_count() != rows.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop rule: expected ", rows.size(), " nodes, found ", graph.node_count(),
                     " in the graph and ", codes.node_count(), " in the codes"));
  }
  if (!queries.sources.empty() && queries.sources.size() != queries.vectors.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop rule: expected a source for each of ", queries.vectors.size(),
                     " queries or none, found ", queries.sources.size()));
  }
  if (truth.size() != queries.vectors.size()) {
    return absl::InvalidArgumentError(absl::StrCat("stop rule: expected the truth of ",
                                                   queries.vectors.size(), " queries, found ",
                                                   truth.size()));
  }
  if (queries.vectors.dim != rows.dim() || codes.codebook().dim != rows.dim()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop rule: expected ", rows.dim(), " dimensions, found ", queries.vectors.dim,
                     " in the queries and ", codes.codebook().dim, " in the codes"));
  }
  return absl::OkStatus();
}

std::vector<FittedStage> StagesFor(const GraphView& graph) {
  const uint32_t nodes = graph.node_count();
  std::vector<FittedStage> stages;
  // The scan that looks at every code misses nothing, so it soon bounds what the others may cost.
  const uint32_t kept = std::min(kScanWidth, nodes);
  stages.push_back({kept, true});
  if (LookedAtClosely(kept, nodes) < nodes) {
    stages.insert(stages.begin(), {WholeScanWidth(nodes), true});
  }
  for (const uint32_t width : kBeamWidths) {
    if (width < nodes && graph.has_links()) stages.push_back({width, false});
  }
  return stages;
}

}  // namespace

absl::StatusOr<StopCalibration> FitStopRule(const CalibrationInput& input,
                                            std::span<const uint32_t> ks, uint32_t threads,
                                            const CancellationPtr& cancellation) {
  ABSL_RETURN_IF_ERROR(CheckInput(input));
  const VectorSet& queries = input.queries.vectors;
  StopCalibration calibration;
  std::vector<Task> tasks;
  for (const uint32_t k : ks) {
    if (queries.size() >= kFewestQueries && k <= input.truth[0].size()) {
      tasks.push_back(NewTask(k, input));
    }
  }
  if (tasks.empty()) return calibration;
  Fit fit{input, {}};
  for (uint32_t q = 0; q < queries.size(); ++q) {
    fit.scores.emplace_back(&input.rows, queries.row(q));
  }
  const ParallelForOptions parallel{threads, 1, cancellation, {}};
  for (const FittedStage stage : StagesFor(input.graph)) {
    ABSL_RETURN_IF_ERROR(RunStage(fit, stage, parallel, &tasks));
  }
  ABSL_RETURN_IF_ERROR(input.graph.status());
  ABSL_RETURN_IF_ERROR(input.codes.status());
  for (const Task& task : tasks) {
    for (const float target : kRecallTargets) {
      calibration.entries.push_back(Choose(fit, task, target));
    }
  }
  return calibration;
}

}  // namespace seekd
