// seekd-bench baselines: seekd beside other indexes over the same vectors.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/code_rivals.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/effort.h"
#include "tests/bench/seekd_bench/faiss_rivals.h"
#include "tests/bench/seekd_bench/fixed_curve.h"
#include "tests/bench/seekd_bench/ivf_rivals.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/rival.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;
using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct RivalFigures {
  double recall = 0;
  // A value per query.
  std::vector<double> recomputed, disk_reads, disk_bytes, latency_us;
};

// One comparison: its data and where its rows go.
struct Comparison {
  const BaselineOptions& options;
  const Embeddings& embeddings;
  const Truth& truth;
  Report* report;
};

absl::StatusOr<RivalFigures> MeasureRival(const Comparison& comparison, Rival* rival,
                                          uint32_t effort) {
  const VectorSet& base = comparison.embeddings.base;
  const VectorSet& queries = comparison.embeddings.queries;
  const uint32_t k = comparison.options.top_k;
  RivalFigures figures;
  uint64_t right = 0;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const auto begin = Clock::now();
    ABSL_ASSIGN_OR_RETURN(const RivalAnswer answer,
                          rival->Search({queries.row(q), queries.dim}, k, effort));
    figures.latency_us.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    std::vector<float> scores;
    for (const uint32_t row : answer.rows) {
      scores.push_back(InnerProduct(queries.row(q), base.row(row), base.dim));
    }
    right += comparison.truth.Right(q, k, scores);
    figures.recomputed.push_back(static_cast<double>(answer.recomputed));
    figures.disk_reads.push_back(static_cast<double>(answer.disk_reads));
    figures.disk_bytes.push_back(static_cast<double>(answer.disk_bytes));
  }
  figures.recall = static_cast<double>(right) / (static_cast<double>(queries.size()) * k);
  return figures;
}

std::vector<Column> Columns() {
  return {{"index", "index"},
          {"bytes", "bytes per chunk", 1},
          {"share", "% of text", 1},
          {"effort", "effort"},
          {"recall", "recall", 3},
          {"recomputed_mean", "rows recomputed", 1},
          {"recomputed_p95", "p95"},
          {"disk_reads", "reads of the disk", 1},
          {"disk_kib", "KiB read"},
          {"latency_ms_p50", "latency p50, ms", 2},
          {"latency_ms_p95", "p95, ms", 2},
          {"build_s", "built in s"}};
}

void AddRow(const Comparison& comparison, const std::string& name, uint64_t index_bytes,
            const std::string& effort, const RivalFigures& figures, double build_seconds) {
  const double bytes = static_cast<double>(index_bytes) / comparison.embeddings.base.size();
  comparison.report->Row({name, bytes, 100 * bytes / comparison.options.input.text_bytes_per_chunk,
                          effort, figures.recall, Mean(figures.recomputed),
                          Percentile(figures.recomputed, 95), Mean(figures.disk_reads),
                          Mean(figures.disk_bytes) / 1024,
                          Percentile(figures.latency_us, 50) / 1000,
                          Percentile(figures.latency_us, 95) / 1000, build_seconds});
}

absl::Status Compare(const Comparison& comparison, Rival* rival, double build_seconds) {
  ABSL_ASSIGN_OR_RETURN(
      const Effort<RivalFigures> effort,
      (SmallestEffort<RivalFigures>(
          rival->least_effort(), rival->most_effort(), comparison.options.target,
          [&](uint32_t value) { return MeasureRival(comparison, rival, value); })));
  const std::string knob =
      rival->effort_name().empty() ? "" : absl::StrCat(rival->effort_name(), " ", effort.value);
  AddRow(comparison, rival->name(), rival->index_bytes(), knob, effort.figures, build_seconds);
  return absl::OkStatus();
}

// seekd at the very recall that the rivals are compared at: a fixed number of candidates.
absl::Status CompareFixed(const Comparison& comparison, const Generation& generation,
                          double seconds) {
  const uint32_t k = comparison.options.top_k;
  const StopCalibration::Entry entry = generation.manifest().calibration.For(k, 0.90F);
  std::vector<NamedCurve> curves;
  for (const FixedSetting& setting : FixedSettings(k, entry.rule.link_bonus)) {
    ABSL_ASSIGN_OR_RETURN(FixedCurve curve, MeasureFixed(ViewOf(generation), comparison.embeddings,
                                                         comparison.truth, setting));
    curves.push_back({setting.Name(), std::move(curve)});
  }
  const Cheapest cheapest = CheapestAt(curves, comparison.options.target);
  AddRow(comparison, "seekd, a fixed number of candidates", generation.index_bytes(), cheapest.name,
         {comparison.options.target, {cheapest.cost}, {kNothing}, {kNothing}, {kNothing}}, seconds);
  return absl::OkStatus();
}

// seekd's own rows. Latency is that of the plan: the rows recomputed come on top of it,
// as they do for the rivals that recompute.
absl::Status CompareSeekd(const Comparison& comparison, const Generation& generation,
                          double seconds) {
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kFlat}) {
    SearchOptions search;
    search.strategy = strategy;
    search.top_k = comparison.options.top_k;
    search.recall_target = static_cast<float>(comparison.options.target);
    ABSL_ASSIGN_OR_RETURN(
        const Figures figures,
        MeasureSearch(ViewOf(generation), comparison.embeddings, comparison.truth, search));
    const std::vector<double> none(figures.cost.size(), 0.0);
    AddRow(comparison, "seekd, " + std::string(StrategyName(strategy)), generation.index_bytes(),
           "calibrated", {figures.recall, figures.cost, none, none, figures.plan_us}, seconds);
  }
  return CompareFixed(comparison, generation, seconds);
}

// Links of an ordinary node of the graph on disk, where they cost nothing; and the bytes of an
// index that they take beside the codes, about.
constexpr uint32_t kLinksOnDisk = 16;
constexpr uint64_t kBytesOfLinksOnDisk = 40;

// With the links of a graph on disk, and codes about as long as those of `generation`.
absl::StatusOr<std::shared_ptr<const Generation>> BuildDense(const Comparison& comparison,
                                                             const Generation& generation) {
  const BenchInput& input = comparison.options.input;
  const uint64_t nodes = comparison.embeddings.base.size();
  BuildLimits limits;
  limits.index_bytes = nodes * (generation.codes().code_bytes() + kBytesOfLinksOnDisk);
  limits.degree = kLinksOnDisk;
  limits.codebooks = input.codebooks;
  return BuildDefault(absl::StrCat(input.work, "/dense"), comparison.embeddings, limits);
}

using MakeRival = std::function<absl::StatusOr<std::unique_ptr<Rival>>()>;

std::vector<std::pair<std::string, MakeRival>> Rivals(const Comparison& comparison,
                                                      const Generation* generation,
                                                      std::shared_ptr<const InvertedLists>* lists) {
  const VectorSet* base = &comparison.embeddings.base;
  const BaselineOptions& options = comparison.options;
  const auto need_lists = [base, lists]() -> absl::Status {
    if (*lists != nullptr) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(*lists, InvertedLists::Make(*base));
    return absl::OkStatus();
  };
  using Made = absl::StatusOr<std::unique_ptr<Rival>>;
  return {
      {"sign", [=]() -> Made { return MakeSignCodes(base); }},
      {"int8", [=] { return MakeScalarQuantizer(*base, 8); }},
      {"int4", [=] { return MakeScalarQuantizer(*base, 4); }},
      {"pq", [=] { return MakePq(*base, options.code_bytes); }},
      {"ivf",
       [=]() -> Made {
         ABSL_RETURN_IF_ERROR(need_lists());
         return MakeIvfInMemory(base, *lists);
       }},
      {"ivf-disk",
       [=]() -> Made {
         ABSL_RETURN_IF_ERROR(need_lists());
         return MakeIvfOnDisk(base, *lists, absl::StrCat(options.input.work, "/ivf-vectors"));
       }},
      {"ivf-recompute",
       [=]() -> Made {
         ABSL_RETURN_IF_ERROR(need_lists());
         return MakeIvfRecompute(base, *lists);
       }},
      {"disk-graph",
       [=, &comparison]() -> Made {
         ABSL_ASSIGN_OR_RETURN(auto dense, BuildDense(comparison, *generation));
         return MakeDiskGraph(base, std::move(dense),
                              absl::StrCat(options.input.work, "/graph-vectors"));
       }},
      {"hnsw", [=] { return MakeHnsw(*base, 30, 128); }},
  };
}

bool Wanted(const BaselineOptions& options, const std::string& key) {
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), key) != options.only.end();
}

}  // namespace

absl::Status Baselines(const BaselineOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, options.top_k));
  const Comparison comparison{options, embeddings, truth, report};
  report->BeginTable("baselines",
                     absl::StrCat("Other indexes, each at Recall@", options.top_k, " = ",
                                  options.target, " or the best it reaches"),
                     Columns());
  const auto begin = Clock::now();
  ABSL_ASSIGN_OR_RETURN(const auto generation, OpenOrBuild(options.input, embeddings));
  const double build_seconds = options.input.generation.empty() ? SecondsSince(begin) : kNothing;
  if (Wanted(options, "seekd")) {
    ABSL_RETURN_IF_ERROR(CompareSeekd(comparison, *generation, build_seconds));
  }
  std::shared_ptr<const InvertedLists> lists;
  for (const auto& [key, make] : Rivals(comparison, generation.get(), &lists)) {
    if (!Wanted(options, key)) continue;
    const auto rival_begin = Clock::now();
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Rival> rival, make());
    ABSL_RETURN_IF_ERROR(Compare(comparison, rival.get(), SecondsSince(rival_begin)));
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
