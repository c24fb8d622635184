// seekd-bench dial and refit: what the bytes of an index buy, and how well its
// calibration keeps its promises.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "core/collection/rebuild.h"
#include "core/collection/run_sync.h"
#include "core/index/generation.h"
#include "core/index/generation_builder.h"
#include "core/search/exact_truth.h"
#include "core/search/search.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;

// Rows of a VectorSet; node i is chunk i + 1.
class VectorSource final : public EmbeddingSource {
 public:
  explicit VectorSource(const VectorSet* vectors) : vectors_(vectors) {}
  uint32_t dim() const override { return vectors_->dim; }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions) override {
    EmbeddingRows rows;
    rows.dim = vectors_->dim;
    for (const ChunkId id : ids) {
      const float* row = vectors_->row(static_cast<uint32_t>(id.value - 1));
      rows.values.insert(rows.values.end(), row, row + rows.dim);
    }
    rows.recomputed = static_cast<uint32_t>(ids.size());
    co_return rows;
  }

 private:
  const VectorSet* const vectors_;
};

struct Figures {
  double recall = 0;
  std::vector<double> cost, plan_us;
};

absl::StatusOr<Figures> Measure(const Generation& generation, const StopCalibration& calibration,
                                const Embeddings& embeddings,
                                const std::vector<std::vector<float>>& truth,
                                const SearchOptions& options) {
  SearchIndex index;
  index.graph = &generation.graph();
  index.codes = &generation.codes();
  index.nodes = &generation.nodes();
  index.calibration = &calibration;
  VectorSource source(&embeddings.base);
  Figures figures;
  uint64_t right = 0;
  const VectorSet& queries = embeddings.queries;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const std::vector<float> query(queries.row(q), queries.row(q) + queries.dim);
    ABSL_ASSIGN_OR_RETURN(const SearchResult result,
                          RunSync(Search(index, query, options, &source)));
    const float kth = truth[q][options.top_k - 1] - kScoreTieTolerance;
    for (const ScoredChunk& hit : result.chunks) {
      // Its own score may be an estimate.
      const float* row = embeddings.base.row(static_cast<uint32_t>(hit.chunk.value - 1));
      right += InnerProduct(query.data(), row, query.size()) >= kth ? 1 : 0;
    }
    figures.cost.push_back(result.stats.recomputed);
    figures.plan_us.push_back(static_cast<double>(result.stats.plan_us));
  }
  figures.recall =
      static_cast<double>(right) / (static_cast<double>(queries.size()) * options.top_k);
  return figures;
}

absl::StatusOr<std::shared_ptr<const Generation>> Build(const DialOptions& options, double share,
                                                        const Embeddings& embeddings) {
  const uint32_t nodes = embeddings.base.size();
  std::vector<ChunkId> chunks;
  for (uint32_t i = 0; i < nodes; ++i) chunks.push_back(ChunkId{uint64_t{i} + 1});
  GenerationInput input;
  input.generation = 1;
  input.chunks = chunks;
  const VectorRows rows(&embeddings.base);
  input.rows = &rows;
  input.queries = &embeddings.pseudo;
  const auto budget = static_cast<uint64_t>(share * options.text_bytes_per_chunk * nodes);
  const std::string folder = options.work + "/" + absl::StrFormat("gen-%g", share);
  std::filesystem::remove_all(folder);
  GenerationOptions build = OptionsForBudget(budget, nodes, 0);
  if (options.build_bytes != 0) build.max_embedding_bytes = options.build_bytes;
  build.random_shards = options.random_shards;
  input.work_folder = options.work + "/build";
  const auto start = std::chrono::steady_clock::now();
  ABSL_ASSIGN_OR_RETURN(const Manifest built,
                        BuildGeneration(folder, input, build, nullptr, [](uint64_t) {}));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cerr << absl::StrFormat("built in %.0f s, %d shards, %.1f MB of embeddings held\n",
                               seconds.count(), built.shards,
                               static_cast<double>(built.peak_embedding_bytes) / 1e6);
  return Generation::Open(folder);
}

void PrintRow(const Generation& generation, const StopCalibration& calibration, Strategy strategy,
              uint32_t top_k, float target, const Figures& figures) {
  const Manifest& manifest = generation.manifest();
  const double nodes = manifest.node_count;
  const StopCalibration::Entry entry = calibration.For(top_k, target);
  std::cout << absl::StrFormat(
                   "| %.1f | %d | %.2f | %s%s, %d | %d | %.2f | %.3f | %.1f | %.0f | %.0f | "
                   "%.2f ms | %.2f ms |",
                   static_cast<double>(generation.index_bytes()) / nodes, manifest.code_bytes,
                   static_cast<double>(manifest.edge_count) / nodes, StrategyName(strategy),
                   entry.scan ? " (scan)" : "", entry.beam_width, top_k, target, figures.recall,
                   Mean(figures.cost), Percentile(figures.cost, 50), Percentile(figures.cost, 95),
                   Percentile(figures.plan_us, 50) / 1000, Percentile(figures.plan_us, 95) / 1000)
            << std::endl;
}

void PrintHead(const Embeddings& embeddings) {
  std::cout << embeddings.base.size() << " chunks, " << embeddings.queries.size() << " queries\n\n"
            << "| index bytes per chunk | code bytes | edges per chunk | strategy, candidates | k "
               "| target | "
               "recall | cost mean | p50 | p95 | plan p50 | p95 |\n"
            << "|---|---|---|---|---|---|---|---|---|---|---|---|" << std::endl;
}

// Rows of the table for one index.
absl::Status MeasureAll(const Generation& generation, const StopCalibration& calibration,
                        const Embeddings& embeddings, const std::vector<std::vector<float>>& truth,
                        const std::vector<uint32_t>& top_ks, const std::vector<float>& targets) {
  for (const Strategy strategy : {Strategy::kFrugal, Strategy::kFlat}) {
    for (const uint32_t top_k : top_ks) {
      for (const float target : targets) {
        SearchOptions search;
        search.strategy = strategy;
        search.top_k = top_k;
        search.recall_target = target;
        ABSL_ASSIGN_OR_RETURN(const Figures figures,
                              Measure(generation, calibration, embeddings, truth, search));
        PrintRow(generation, calibration, strategy, top_k, target, figures);
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::vector<float>>> Truth(const Embeddings& embeddings,
                                                      const std::vector<uint32_t>& top_ks) {
  const uint32_t most = *std::max_element(top_ks.begin(), top_ks.end());
  return TopScores(embeddings.base, embeddings.queries, {}, most, 0, nullptr);
}

}  // namespace

absl::Status Dial(const DialOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings,
                        ReadEmbeddings(options.vectors, options.nodes));
  ABSL_ASSIGN_OR_RETURN(const auto truth, Truth(embeddings, options.top_k));
  PrintHead(embeddings);
  for (const double share : options.shares) {
    ABSL_ASSIGN_OR_RETURN(const auto generation, Build(options, share, embeddings));
    ABSL_RETURN_IF_ERROR(MeasureAll(*generation, generation->manifest().calibration, embeddings,
                                    truth, options.top_k, options.targets));
  }
  return absl::OkStatus();
}

absl::Status Refit(const RefitOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, ReadEmbeddings(options.vectors, 0));
  ABSL_ASSIGN_OR_RETURN(const auto truth, Truth(embeddings, options.top_k));
  ABSL_ASSIGN_OR_RETURN(const auto generation, Generation::Open(options.generation));
  ABSL_ASSIGN_OR_RETURN(
      const auto pseudo_truth,
      TopScores(embeddings.base, embeddings.pseudo.vectors, embeddings.pseudo.sources,
                *std::max_element(options.top_k.begin(), options.top_k.end()), 0, nullptr));
  const VectorRows rows(&embeddings.base);
  const CalibrationInput input{rows, generation->graph(), generation->codes(), embeddings.pseudo,
                               pseudo_truth};
  ABSL_ASSIGN_OR_RETURN(const StopCalibration calibration,
                        FitStopRule(input, options.top_k, 0, nullptr));
  PrintHead(embeddings);
  return MeasureAll(*generation, calibration, embeddings, truth, options.top_k, options.targets);
}

}  // namespace seekd::bench
