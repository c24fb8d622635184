// seekd-bench curves: rows recomputed for each recall.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/fixed_curve.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/steered.h"

namespace seekd::bench {
namespace {

struct Run {
  const CurveOptions& options;
  const Embeddings& embeddings;
  const Truth& truth;
  Report* report;
};

// What the rows of one index have in common.
struct IndexName {
  std::string graph;
  double edges = 0;  // per node
  uint32_t code_bytes = 0;
};

void AddRow(const Run& run, const IndexName& name, const std::string& strategy,
            const std::string& setting, double recall, double cost) {
  run.report->Row({name.graph, name.edges, static_cast<double>(name.code_bytes), strategy, setting,
                   recall, cost});
}

// A fixed number of candidates, without and with graph evidence, by first stage.
absl::Status MeasureFixedRows(const Run& run, const IndexName& name, const BenchIndex& index) {
  const uint32_t k = run.options.top_k;
  const float link_bonus = index.CalibratedEntry(k, 0.90F).rule.link_bonus;
  for (const float bonus : {0.0F, link_bonus}) {
    for (const FixedSetting& setting : FixedSettings(k, bonus)) {
      ABSL_ASSIGN_OR_RETURN(const FixedCurve curve,
                            MeasureFixed(index.View(), run.embeddings, run.truth, setting));
      const std::string what = bonus > 0 ? "fixed number, graph evidence" : "fixed number";
      for (const double recall : run.options.recalls) {
        AddRow(run, name, what, setting.Name(), recall, curve.CostAt(recall));
      }
    }
  }
  return absl::OkStatus();
}

// The calibrated stop rule at the calibration's targets: recall is what it gave.
absl::Status MeasureCalibrated(const Run& run, const IndexName& name, const BenchIndex& index) {
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kFlat}) {
    for (const double target : run.options.recalls) {
      SearchOptions search;
      search.strategy = strategy;
      search.top_k = run.options.top_k;
      search.recall_target = static_cast<float>(target);
      ABSL_ASSIGN_OR_RETURN(const Figures figures,
                            MeasureSearch(index.View(), run.embeddings, run.truth, search));
      AddRow(run, name, std::string(StrategyName(strategy)), absl::StrCat("target ", target),
             figures.recall, client::Mean(figures.cost));
    }
  }
  return absl::OkStatus();
}

// Strategies that steer by exact distances do not look at codes, or hardly: one code
// length is enough for them.
absl::Status MeasureSteered(const Run& run, const IndexName& name, const BenchIndex& index) {
  for (const Steered& steered : SteeredStrategies(run.options.top_k)) {
    for (const uint32_t ef : {16U, 32U, 64U, 128U, 256U, 512U, 1024U}) {
      SearchOptions search = steered.options;
      search.beam_width = ef;
      ABSL_ASSIGN_OR_RETURN(const Figures figures,
                            MeasureSearch(index.View(), run.embeddings, run.truth, search));
      AddRow(run, name, steered.name, absl::StrCat("ef ", ef), figures.recall,
             client::Mean(figures.cost));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Curves(const CurveOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, options.top_k));
  const Run run{options, embeddings, truth, report};
  const VectorSet& base = embeddings.base;
  ABSL_ASSIGN_OR_RETURN(
      const Graphs graphs,
      BuildGraphs(base, options.input.IndexBytes(base.size(), options.input.share), {}));
  report->BeginTable("curves", "Rows recomputed for each recall",
                     {{"graph", "graph"},
                      {"edges", "edges per chunk", 2},
                      {"code_bytes", "code bytes"},
                      {"strategy", "strategy"},
                      {"setting", "setting"},
                      {"recall", "recall", 3},
                      {"cost", "cost", 1}});
  // Every recall of `brute` costs all of them.
  AddRow(run, {"none", 0, 0}, "brute", "", 1, base.size());
  const std::string folder = absl::StrCat(options.input.work, "/curves");
  for (const uint32_t code_bytes : options.code_bytes) {
    ABSL_ASSIGN_OR_RETURN(const BenchCodes codes, MakeCodes(base, code_bytes));
    for (const auto& [graph_name, graph] :
         {std::pair("full", &graphs.full), std::pair("pruned", &graphs.pruned)}) {
      ABSL_ASSIGN_OR_RETURN(BenchIndex index, BenchIndex::Make(folder, *graph, codes));
      ABSL_RETURN_IF_ERROR(index.Calibrate(embeddings, {options.top_k}));
      const IndexName name{graph_name, static_cast<double>(graph->edge_count()) / base.size(),
                           code_bytes};
      ABSL_RETURN_IF_ERROR(MeasureFixedRows(run, name, index));
      ABSL_RETURN_IF_ERROR(MeasureCalibrated(run, name, index));
      if (code_bytes == options.code_bytes.front()) {
        ABSL_RETURN_IF_ERROR(MeasureSteered(run, name, index));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
