// seekd-bench dial, growth: what the default index costs, by its bytes and by the size of
// the collection.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/measure.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;

// An index with the calibration to use it by.
struct Subject {
  std::shared_ptr<const Generation> generation;
  StopCalibration calibration;
  double build_seconds = kNothing;
};

absl::StatusOr<Subject> Build(const BenchInput& input, const Embeddings& embeddings,
                              const BuildLimits& limits) {
  const auto begin = std::chrono::steady_clock::now();
  Subject built;
  ABSL_ASSIGN_OR_RETURN(built.generation, BuildDefault(input.work + "/gen", embeddings, limits));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  built.build_seconds = seconds.count();
  built.calibration = built.generation->manifest().calibration;
  return built;
}

absl::StatusOr<Subject> OpenSubject(const std::string& folder, const DialOptions& options,
                                    const Embeddings& embeddings) {
  BenchInput input = options.input;
  input.generation = folder;
  Subject opened;
  ABSL_ASSIGN_OR_RETURN(opened.generation, OpenOrBuild(input, embeddings));
  const Generation& generation = *opened.generation;
  opened.calibration = generation.manifest().calibration;
  if (options.refit) {
    ABSL_ASSIGN_OR_RETURN(opened.calibration,
                          Fit(generation.graph(), generation.codes(), embeddings, options.top_k));
  }
  return opened;
}

std::vector<Column> Columns() {
  return {{"nodes", "chunks"},
          {"share", "% of text", 2},
          {"bytes", "index bytes per chunk", 1},
          {"code_bytes", "code bytes"},
          {"edges", "edges per chunk", 2},
          {"shards", "shards"},
          {"peak_mb", "MB of embeddings held", 1},
          {"build_rows", "rows recomputed by the build"},
          {"build_s", "built in s"},
          {"strategy", "strategy"},
          {"beam", "candidates"},
          {"k", "k"},
          {"target", "target", 2},
          {"recall", "recall", 3},
          {"cost_mean", "cost mean", 1},
          {"cost_p50", "p50"},
          {"cost_p95", "p95"},
          {"rounds", "rounds", 1},
          {"plan_ms_p50", "plan p50, ms", 2},
          {"plan_ms_p95", "plan p95, ms", 2}};
}

struct Question {
  Strategy strategy = Strategy::kFrugal;
  uint32_t top_k = 3;
  float target = 0.90F;
};

absl::Status MeasureRow(const Subject& subject, const BenchInput& input,
                        const Embeddings& embeddings, const Truth& truth, const Question& question,
                        Report* report) {
  const Generation& generation = *subject.generation;
  SearchOptions options;
  options.strategy = question.strategy;
  options.top_k = question.top_k;
  options.recall_target = question.target;
  SearchIndex index = ViewOf(generation);
  index.calibration = &subject.calibration;
  ABSL_ASSIGN_OR_RETURN(const Figures figures, MeasureSearch(index, embeddings, truth, options));
  const Manifest& manifest = generation.manifest();
  const StopCalibration::Entry entry = subject.calibration.For(question.top_k, question.target);
  const double nodes = manifest.node_count;
  const double bytes = static_cast<double>(generation.index_bytes()) / nodes;
  report->Row({nodes,
               100 * bytes / input.text_bytes_per_chunk,
               bytes,
               static_cast<double>(manifest.code_bytes),
               static_cast<double>(manifest.edge_count) / nodes,
               static_cast<double>(manifest.shards),
               static_cast<double>(manifest.peak_embedding_bytes) / 1e6,
               static_cast<double>(manifest.rows_recomputed),
               subject.build_seconds,
               std::string(StrategyName(question.strategy)) + (entry.scan ? " (scan)" : ""),
               static_cast<double>(entry.beam_width),
               static_cast<double>(question.top_k),
               question.target,
               figures.recall,
               Mean(figures.cost),
               Percentile(figures.cost, 50),
               Percentile(figures.cost, 95),
               Mean(figures.rounds),
               Percentile(figures.plan_us, 50) / 1000,
               Percentile(figures.plan_us, 95) / 1000});
  return absl::OkStatus();
}

absl::Status MeasureRows(const Subject& subject, const DialOptions& options,
                         const Embeddings& embeddings, const Truth& truth, Report* report) {
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kFlat}) {
    for (const uint32_t k : options.top_k) {
      for (const float target : options.targets) {
        ABSL_RETURN_IF_ERROR(
            MeasureRow(subject, options.input, embeddings, truth, {strategy, k, target}, report));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Embeddings> Open(const BenchInput& input, Report* report) {
  std::filesystem::create_directories(input.work);
  ABSL_ASSIGN_OR_RETURN(Embeddings embeddings, ReadEmbeddings(input.vectors, input.nodes));
  if (input.queries != 0 && input.queries < embeddings.queries.size()) {
    embeddings.queries = EvenlySpaced(embeddings.queries, input.queries);
  }
  report->Fact("chunks", static_cast<double>(embeddings.base.size()));
  report->Fact("dimensions", static_cast<double>(embeddings.base.dim));
  report->Fact("queries", static_cast<double>(embeddings.queries.size()));
  report->Fact("text bytes per chunk", input.text_bytes_per_chunk);
  return embeddings;
}

absl::StatusOr<std::shared_ptr<const Generation>> OpenOrBuild(const BenchInput& input,
                                                              const Embeddings& embeddings) {
  if (input.generation.empty()) {
    return BuildDefault(input.work + "/gen", embeddings,
                        {.index_bytes = input.IndexBytes(embeddings.base.size(), input.share),
                         .codebooks = input.codebooks});
  }
  ABSL_ASSIGN_OR_RETURN(const auto codebooks, OpenCodebooks(input.codebooks));
  ABSL_ASSIGN_OR_RETURN(auto generation, Generation::Open(input.generation, codebooks.get()));
  if (generation->manifest().node_count != embeddings.base.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(input.generation, " has ", generation->manifest().node_count, " nodes, ",
                     input.vectors, " has ", embeddings.base.size(), " vectors"));
  }
  return generation;
}

absl::Status Dial(const DialOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  const uint32_t most = *std::max_element(options.top_k.begin(), options.top_k.end());
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, most));
  report->BeginTable("dial", "What bytes buy", Columns());
  std::vector<std::optional<uint32_t>> degrees(options.degrees.begin(), options.degrees.end());
  if (degrees.empty()) degrees.emplace_back();
  for (const double share : options.generations.empty() ? options.shares : std::vector<double>{}) {
    for (const std::optional<uint32_t> degree : degrees) {
      const BuildLimits limits{
          .index_bytes = options.input.IndexBytes(embeddings.base.size(), share),
          .embedding_bytes = options.build_bytes,
          .random_shards = options.random_shards,
          .degree = degree,
          .codebooks = options.input.codebooks};
      ABSL_ASSIGN_OR_RETURN(const Subject subject, Build(options.input, embeddings, limits));
      ABSL_RETURN_IF_ERROR(MeasureRows(subject, options, embeddings, truth, report));
    }
  }
  for (const std::string& folder : options.generations) {
    ABSL_ASSIGN_OR_RETURN(const Subject subject, OpenSubject(folder, options, embeddings));
    ABSL_RETURN_IF_ERROR(MeasureRows(subject, options, embeddings, truth, report));
  }
  return absl::OkStatus();
}

absl::Status Growth(const GrowthOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings all, Open(options.input, report));
  report->BeginTable("growth", "Growth with the collection", Columns());
  for (const uint32_t size : options.sizes) {
    if (size > all.base.size()) break;
    const Embeddings embeddings = Thin(all, size);
    ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, options.top_k));
    const BuildLimits limits{.index_bytes = options.input.IndexBytes(size, options.input.share),
                             .codebooks = options.input.codebooks};
    ABSL_ASSIGN_OR_RETURN(const Subject subject, Build(options.input, embeddings, limits));
    for (const Strategy strategy : {Strategy::kFrugal, Strategy::kFlat}) {
      ABSL_RETURN_IF_ERROR(MeasureRow(subject, options.input, embeddings, truth,
                                      {strategy, options.top_k, options.target}, report));
    }
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
