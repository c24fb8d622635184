#include "tests/bench/seekd_bench/bench_index.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/collection/rebuild.h"
#include "core/graph/builder.h"
#include "core/index/generation_builder.h"
#include "core/index/generation_folder.h"
#include "core/search/exact_truth.h"
#include "core/vector/row_source.h"

namespace seekd::bench {
namespace {

constexpr uint32_t kTrainingRows = 20'000;  // half of the daemon's, for speed

// Node i is chunk i + 1.
std::vector<ChunkId> Chunks(uint32_t nodes) {
  std::vector<ChunkId> chunks;
  for (uint32_t i = 0; i < nodes; ++i) chunks.push_back(ChunkId{uint64_t{i} + 1});
  return chunks;
}

void Quiet(uint64_t /*done*/) {}

// As the daemon chooses, or `degree` links for an ordinary node and six times as many for hubs, out
// of the full graph.
GenerationOptions OptionsFor(uint64_t index_bytes, uint32_t nodes, bool shared_codebook,
                             std::optional<uint32_t> degree) {
  GenerationOptions options =
      OptionsForBudget({.bytes = index_bytes, .nodes = nodes, .shared_codebook = shared_codebook});
  if (!degree) return options;
  options.graph = GraphBuildOptions();
  options.prune = PruneOptions();
  options.prune.degree = *degree;
  options.prune.hub_degree = 6 * *degree;
  return options;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SharedCodebooks>> OpenCodebooks(const std::string& path) {
  if (path.empty()) return nullptr;
  return SharedCodebooks::Open(path);
}

absl::StatusOr<std::shared_ptr<const Generation>> BuildDefault(const std::string& path,
                                                               const Embeddings& embeddings,
                                                               const BuildLimits& limits) {
  const uint32_t nodes = embeddings.base.size();
  const std::vector<ChunkId> chunks = Chunks(nodes);
  GenerationInput input;
  input.generation = 1;
  input.chunks = chunks;
  const VectorRows rows(&embeddings.base);
  input.rows = &rows;
  input.queries = &embeddings.pseudo;
  input.work_folder = path + ".build";
  ABSL_ASSIGN_OR_RETURN(const auto codebooks, OpenCodebooks(limits.codebooks));
  input.codebooks = codebooks.get();
  GenerationOptions options =
      OptionsFor(limits.index_bytes, nodes, codebooks != nullptr, limits.degree);
  if (limits.embedding_bytes != 0) options.max_embedding_bytes = limits.embedding_bytes;
  options.random_shards = limits.random_shards;
  std::filesystem::remove_all(path);
  ABSL_RETURN_IF_ERROR(BuildGeneration(path, input, options, nullptr, Quiet).status());
  return Generation::Open(path, codebooks.get());
}

absl::StatusOr<StopCalibration> Fit(const GraphView& graph, const CodesView& codes,
                                    const Embeddings& embeddings,
                                    const std::vector<uint32_t>& top_ks) {
  const uint32_t most = *std::max_element(top_ks.begin(), top_ks.end());
  ABSL_ASSIGN_OR_RETURN(const auto truth, TopScores(embeddings.base, embeddings.pseudo.vectors,
                                                    embeddings.pseudo.sources, most, 0, nullptr));
  const VectorRows rows(&embeddings.base);
  const CalibrationInput input{rows, graph, codes, embeddings.pseudo, truth};
  return FitStopRule(input, top_ks, 0, nullptr);
}

SearchIndex ViewOf(const Generation& generation) {
  SearchIndex index;
  index.graph = &generation.graph();
  index.codes = &generation.codes();
  index.nodes = &generation.nodes();
  index.calibration = &generation.manifest().calibration;
  return index;
}

absl::StatusOr<BenchCodes> MakeCodes(const VectorSet& vectors, uint32_t code_bytes) {
  CodeTrainingOptions training;
  training.code_bytes = code_bytes;
  BenchCodes made;
  const VectorRows rows(&vectors);
  ABSL_ASSIGN_OR_RETURN(const VectorSet sample,
                        ReadRows(rows, SampleRows(vectors.size(), kTrainingRows), {}));
  ABSL_ASSIGN_OR_RETURN(made.codebook, TrainCodebook(sample, training, nullptr));
  ABSL_ASSIGN_OR_RETURN(made.codes, EncodeRows(made.codebook, rows, 0, nullptr));
  return made;
}

absl::StatusOr<Graphs> BuildGraphs(const VectorSet& vectors, uint64_t max_index_bytes,
                                   std::optional<uint32_t> degree) {
  const GenerationOptions options =
      OptionsFor(max_index_bytes, vectors.size(), /*shared_codebook=*/false, degree);
  Graphs graphs;
  ABSL_ASSIGN_OR_RETURN(graphs.full, BuildGraph(vectors, options.graph, nullptr, Quiet));
  ABSL_ASSIGN_OR_RETURN(graphs.pruned,
                        PruneGraph(vectors, graphs.full, options.prune, nullptr, Quiet));
  return graphs;
}

BenchIndex::BenchIndex(GraphView graph, CodesView codes, NodeMap nodes)
    : graph_(std::move(graph)), codes_(std::move(codes)), nodes_(std::move(nodes)) {}

absl::StatusOr<BenchIndex> BenchIndex::Make(const std::string& path, const Adjacency& graph,
                                            const BenchCodes& codes) {
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  const std::string graph_file = absl::StrCat(path, "/", kGraphFile);
  const std::string codes_file = absl::StrCat(path, "/", kCodesFile);
  const std::string nodes_file = absl::StrCat(path, "/", kNodesFile);
  const auto nodes = static_cast<uint32_t>(graph.lists.size());
  ABSL_RETURN_IF_ERROR(WriteGraph(graph_file, graph).status());
  ABSL_RETURN_IF_ERROR(WriteCodes(codes_file, codes.codebook, codes.codes).status());
  ABSL_RETURN_IF_ERROR(WriteNodeMap(nodes_file, Chunks(nodes)).status());
  ABSL_ASSIGN_OR_RETURN(GraphView graph_view, GraphView::Open(graph_file));
  ABSL_ASSIGN_OR_RETURN(CodesView codes_view, CodesView::Open(codes_file));
  ABSL_ASSIGN_OR_RETURN(NodeMap node_map, NodeMap::Open(nodes_file));
  return BenchIndex(std::move(graph_view), std::move(codes_view), std::move(node_map));
}

absl::Status BenchIndex::Calibrate(const Embeddings& embeddings,
                                   const std::vector<uint32_t>& top_ks) {
  ABSL_ASSIGN_OR_RETURN(calibration_, Fit(graph_, codes_, embeddings, top_ks));
  return absl::OkStatus();
}

SearchIndex BenchIndex::View() const {
  SearchIndex index;
  index.graph = &graph_;
  index.codes = &codes_;
  index.nodes = &nodes_;
  index.calibration = &calibration_;
  return index;
}

}  // namespace seekd::bench
