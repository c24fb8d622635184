// seekd-bench ablate: graphs of the same number of edges, batches, degrees and visits.
#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/effort.h"
#include "tests/bench/seekd_bench/fixed_curve.h"
#include "tests/bench/seekd_bench/graph_variants.h"
#include "tests/bench/seekd_bench/measure.h"
#include "tests/bench/seekd_bench/steered.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;

constexpr uint32_t kDeciles = 10;
constexpr uint32_t kMostEf = 2048;

struct Run {
  const AblateOptions& options;
  const Embeddings& embeddings;
  const Truth& truth;
  Report* report;
};

struct NamedGraph {
  std::string name;
  Adjacency graph;
};

absl::StatusOr<std::vector<NamedGraph>> MakeGraphs(const Run& run) {
  const VectorSet& base = run.embeddings.base;
  const BenchInput& input = run.options.input;
  ABSL_ASSIGN_OR_RETURN(Graphs graphs, BuildGraphs(base, input.IndexBytes(base.size(), input.share),
                                                   run.options.degree));
  const uint64_t edges = graphs.pruned.edge_count();
  Adjacency random = PruneAtRandom(graphs.full, edges, 1);
  ABSL_ASSIGN_OR_RETURN(Adjacency small, BuildSmall(base, edges));
  std::vector<NamedGraph> named;
  named.push_back({"full", std::move(graphs.full)});
  named.push_back({"hub-preserving", std::move(graphs.pruned)});
  named.push_back({"random", std::move(random)});
  named.push_back({"small M", std::move(small)});
  return named;
}

struct GraphRow {
  const NamedGraph& graph;
  double bytes = 0;  // per node
};

void AddRow(const Run& run, const GraphRow& row, const std::string& strategy,
            const std::string& setting, double recall, double cost) {
  const double nodes = run.embeddings.base.size();
  run.report->Row({row.graph.name, static_cast<double>(row.graph.graph.edge_count()) / nodes,
                   row.bytes, strategy, setting, recall, cost,
                   recall >= run.options.target ? "yes" : "no"});
}

// The first stage is the beam, so that the graph matters.
absl::Status MeasureBeams(const Run& run, const GraphRow& row, const BenchIndex& index,
                          float link_bonus) {
  for (const FixedSetting& setting : FixedSettings(run.options.top_k, link_bonus)) {
    if (setting.strategy != Strategy::kFrugal) continue;
    ABSL_ASSIGN_OR_RETURN(const FixedCurve curve,
                          MeasureFixed(index.View(), run.embeddings, run.truth, setting));
    const double recall = std::min(run.options.target, curve.best_recall());
    AddRow(run, row, "frugal, fixed number", setting.Name(), recall, curve.CostAt(recall));
  }
  return absl::OkStatus();
}

absl::Status MeasureSteered(const Run& run, const GraphRow& row, const BenchIndex& index) {
  for (const Steered& steered : SteeredStrategies(run.options.top_k)) {
    ABSL_ASSIGN_OR_RETURN(
        const Effort<Figures> effort,
        (SmallestEffort<Figures>(8, kMostEf, run.options.target, [&](uint32_t ef) {
          SearchOptions search = steered.options;
          search.beam_width = ef;
          return MeasureSearch(index.View(), run.embeddings, run.truth, search);
        })));
    AddRow(run, row, steered.name, absl::StrCat("ef ", effort.value), effort.figures.recall,
           Mean(effort.figures.cost));
  }
  return absl::OkStatus();
}

absl::Status CompareGraphs(const Run& run, const std::vector<NamedGraph>& graphs,
                           const BenchCodes& codes, float link_bonus) {
  run.report->BeginTable("edges", "Which edges to keep",
                         {{"graph", "graph"},
                          {"edges", "edges per chunk", 2},
                          {"bytes", "bytes per chunk", 2},
                          {"strategy", "strategy"},
                          {"setting", "setting"},
                          {"recall", "recall", 3},
                          {"cost", "cost", 1},
                          {"reached", "target reached"}});
  for (const NamedGraph& named : graphs) {
    const std::string folder = absl::StrCat(run.options.input.work, "/ablate-", named.name);
    ABSL_ASSIGN_OR_RETURN(const BenchIndex index, BenchIndex::Make(folder, named.graph, codes));
    const double nodes = run.embeddings.base.size();
    const GraphRow row{named, static_cast<double>(index.graph().file_bytes()) / nodes};
    ABSL_RETURN_IF_ERROR(MeasureBeams(run, row, index, link_bonus));
    ABSL_RETURN_IF_ERROR(MeasureSteered(run, row, index));
  }
  return absl::OkStatus();
}

void ShowDegrees(const Run& run, const std::vector<NamedGraph>& graphs) {
  std::vector<Column> columns = {{"degree", "degree"}};
  std::vector<std::vector<DegreeBucket>> histograms;
  for (const NamedGraph& named : graphs) {
    columns.push_back({absl::StrCat(named.name, " out"), absl::StrCat(named.name, ", out"), 2});
    columns.push_back({absl::StrCat(named.name, " in"), absl::StrCat(named.name, ", in"), 2});
    histograms.push_back(Histogram(OutDegrees(named.graph)));
    histograms.push_back(Histogram(InDegrees(named.graph)));
  }
  run.report->BeginTable("degrees", "Per cent of the nodes by degree", std::move(columns));
  for (size_t bucket = 0; bucket < histograms.front().size(); ++bucket) {
    std::vector<Cell> cells = {histograms.front()[bucket].name};
    for (const auto& histogram : histograms) {
      cells.emplace_back(100.0 * static_cast<double>(histogram[bucket].nodes) /
                         run.embeddings.base.size());
    }
    run.report->Row(cells);
  }
}

SearchOptions WithBatches(SearchOptions options, uint32_t rows) {
  options.batch_rows = rows;
  return options;
}

absl::Status CompareBatches(const Run& run, const BenchIndex& index) {
  run.report->BeginTable("batches", "Dynamic batching at equal ef",
                         {{"strategy", "strategy"},
                          {"ef", "ef"},
                          {"batch_rows", "rows per round"},
                          {"recall", "recall", 3},
                          {"cost", "cost", 1},
                          {"rounds_mean", "rounds", 1},
                          {"rounds_p95", "p95"}});
  std::vector<Steered> strategies = SteeredStrategies(run.options.top_k);
  SearchOptions frugal;
  frugal.top_k = run.options.top_k;
  frugal.recall_target = static_cast<float>(run.options.target);
  strategies.push_back({"frugal", frugal});
  for (const Steered& steered : strategies) {
    const bool calibrated = steered.options.strategy == Strategy::kFrugal;
    for (const uint32_t rows : {1U, 8U, 32U, 64U, 256U}) {
      SearchOptions search = WithBatches(steered.options, rows);
      search.beam_width = calibrated ? 0 : 256;
      ABSL_ASSIGN_OR_RETURN(const Figures figures,
                            MeasureSearch(index.View(), run.embeddings, run.truth, search));
      run.report->Row({steered.name, calibrated ? kNothing : search.beam_width,
                       static_cast<double>(rows), figures.recall, Mean(figures.cost),
                       Mean(figures.rounds), Percentile(figures.rounds, 95)});
    }
  }
  return absl::OkStatus();
}

// Rows recomputed per node, all queries together.
absl::StatusOr<std::vector<uint32_t>> Visits(const Run& run, const BenchIndex& index,
                                             const SearchOptions& options) {
  std::vector<uint32_t> visits(run.embeddings.base.size(), 0);
  ABSL_RETURN_IF_ERROR(MeasureSearch(index.View(), run.embeddings, run.truth, options,
                                     [&](uint32_t, std::span<const uint32_t> rows) {
                                       for (const uint32_t row : rows) ++visits[row];
                                     })
                           .status());
  return visits;
}

// Share of all visits that go to each tenth of the nodes in the order given.
std::vector<double> ShareByTenth(const std::vector<uint32_t>& visits,
                                 const std::vector<uint32_t>& order) {
  std::vector<double> share(kDeciles, 0.0);
  const double all = std::accumulate(visits.begin(), visits.end(), 0.0);
  for (size_t i = 0; i < order.size(); ++i) {
    share[i * kDeciles / order.size()] += 100.0 * visits[order[i]] / all;
  }
  return share;
}

std::vector<uint32_t> Descending(const std::vector<uint32_t>& keys) {
  std::vector<uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return keys[a] > keys[b]; });
  return order;
}

absl::Status ShowVisits(const Run& run, const Adjacency& graph, const BenchIndex& index) {
  const std::vector<uint32_t> in = InDegrees(graph);
  const std::vector<uint32_t> order = Descending(in);
  SearchOptions exact = SteeredStrategies(run.options.top_k).front().options;
  exact.beam_width = 256;
  SearchOptions frugal;
  frugal.top_k = run.options.top_k;
  frugal.recall_target = static_cast<float>(run.options.target);
  ABSL_ASSIGN_OR_RETURN(const std::vector<uint32_t> by_exact, Visits(run, index, exact));
  ABSL_ASSIGN_OR_RETURN(const std::vector<uint32_t> by_frugal, Visits(run, index, frugal));
  const std::vector<double> exact_share = ShareByTenth(by_exact, order);
  const std::vector<double> frugal_share = ShareByTenth(by_frugal, order);
  run.report->BeginTable("visits", "Per cent of all recomputations by in-degree of the node",
                         {{"tenth", "tenth of the nodes"},
                          {"least", "in-degree from"},
                          {"exact", "exact", 1},
                          {"frugal", "frugal", 1}});
  for (uint32_t tenth = 0; tenth < kDeciles; ++tenth) {
    const size_t last = (size_t{tenth} + 1) * order.size() / kDeciles - 1;
    run.report->Row({static_cast<double>(tenth) + 1, static_cast<double>(in[order[last]]),
                     exact_share[tenth], frugal_share[tenth]});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Ablate(const AblateOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, options.top_k));
  const Run run{options, embeddings, truth, report};
  ABSL_ASSIGN_OR_RETURN(const std::vector<NamedGraph> graphs, MakeGraphs(run));
  ABSL_ASSIGN_OR_RETURN(const BenchCodes codes, MakeCodes(embeddings.base, options.code_bytes));
  ShowDegrees(run, graphs);
  const Adjacency& pruned = graphs[1].graph;
  ABSL_ASSIGN_OR_RETURN(
      BenchIndex index,
      BenchIndex::Make(absl::StrCat(options.input.work, "/ablate"), pruned, codes));
  ABSL_RETURN_IF_ERROR(index.Calibrate(embeddings, {options.top_k}));
  // It follows from the codes' error, which all graphs share.
  const float link_bonus = index.CalibratedEntry(options.top_k, 0.90F).rule.link_bonus;
  ABSL_RETURN_IF_ERROR(CompareGraphs(run, graphs, codes, link_bonus));
  ABSL_RETURN_IF_ERROR(CompareBatches(run, index));
  return ShowVisits(run, pruned, index);
}

}  // namespace seekd::bench
