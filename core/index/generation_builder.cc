#include "core/index/generation_builder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/index/code_plan.h"
#include "core/index/generation_folder.h"
#include "core/index/hot_cache.h"
#include "core/index/hot_choice.h"
#include "core/index/shard_plan.h"
#include "core/index/sharded_graph.h"
#include "core/search/exact_truth.h"
#include "core/search/node_map.h"
#include "core/search/stop_rule.h"
#include "core/storage/atomic_file.h"
#include "core/vector/row_cache.h"

namespace seekd {
namespace {

// What calibration and sizes may add to the MANIFEST of a build under way.
constexpr uint64_t kManifestReserveBytes = 2048;
constexpr std::array<uint32_t, 3> kCalibratedK = {3, 10, 100};

// One build under way.
struct Stage {
  std::string path;
  const GenerationInput& input;
  const GenerationOptions& options;
  const CancellationPtr& cancellation;
  const GraphProgress& progress;
  ShardPlan plan;
  VectorSet held;                         // every row, when the plan holds them all
  std::unique_ptr<const RowCache> cache;  // otherwise some
  std::unique_ptr<const RowCache> late;   // and more, once no shard is held any more
  const RowSource* rows;                  // these, or the input's
  VectorSet sample;                       // of plan.sample_rows rows
  std::vector<uint32_t> sample_rows;
  std::vector<std::vector<float>> truth;  // of the pseudo-queries
  Manifest manifest;

  uint64_t Held() const {
    return std::min(options.held_embedding_bytes, options.max_embedding_bytes / 2);
  }
  std::string File(const char* name) const { return absl::StrCat(path, "/", name); }
  ParallelForOptions Parallel() const { return {options.threads, 1, cancellation, {}}; }
  void Report(uint64_t steps) const {
    if (progress) progress(steps);
  }
};

uint64_t RowBytes(const Stage& stage) { return uint64_t{stage.input.rows->dim()} * sizeof(float); }

// Notes that `rows` are held beside the sample and what is being read, and `bytes` of caches
// and working codes.
void NotePeak(Stage& stage, uint64_t rows, uint64_t bytes) {
  const uint64_t all = rows + stage.sample.size() + RowsBeingRead(stage.options.threads);
  stage.manifest.peak_embedding_bytes =
      std::max(stage.manifest.peak_embedding_bytes,
               all * RowBytes(stage) + bytes + stage.options.held_embedding_bytes);
}

absl::Status WriteNodes(Stage& stage) {
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kNodesFile],
                        WriteNodeMap(stage.File(kNodesFile), stage.input.chunks));
  return absl::OkStatus();
}

absl::Status ReadSample(Stage& stage) {
  std::vector<uint32_t> all(stage.rows->size());
  std::iota(all.begin(), all.end(), 0U);
  std::mt19937_64 random(stage.options.graph.seed);
  std::sample(all.begin(), all.end(), std::back_inserter(stage.sample_rows), stage.plan.sample_rows,
              random);
  ABSL_ASSIGN_OR_RETURN(stage.sample, ReadRows(*stage.rows, stage.sample_rows, stage.Parallel()));
  return absl::OkStatus();
}

// Decides how the vectors are held, and holds them.
absl::Status PrepareRows(Stage& stage) {
  const uint32_t rows = stage.input.rows->size();
  stage.rows = stage.input.rows;
  ABSL_ASSIGN_OR_RETURN(stage.plan, PlanShards(rows, stage.rows->dim(),
                                               stage.options.max_embedding_bytes - stage.Held(),
                                               stage.options.threads));
  stage.manifest.shards = stage.plan.shards;
  if (stage.plan.shards > 1) {
    stage.cache = std::make_unique<const RowCache>(stage.input.rows, stage.plan.cache_bytes);
    stage.rows = stage.cache.get();
    return ReadSample(stage);
  }
  std::vector<uint32_t> all(rows);
  std::iota(all.begin(), all.end(), 0U);
  ParallelForOptions options = stage.Parallel();
  options.progress = [&stage](uint64_t done) { stage.Report(done); };
  ABSL_ASSIGN_OR_RETURN(stage.held, ReadRows(*stage.input.rows, all, options));
  return absl::OkStatus();
}

// One pass over all rows: the truth of the pseudo-queries and, for shards, where each
// row belongs.
absl::Status VisitRows(Stage& stage, ShardedGraph* shards) {
  static const PseudoQueries kNone;
  const PseudoQueries& queries = stage.input.queries != nullptr ? *stage.input.queries : kNone;
  TopScoresPass truth(queries.vectors, queries.sources, kCalibratedK.back(), stage.options.threads);
  ParallelForOptions options = stage.Parallel();
  if (stage.plan.shards > 1) options.progress = [&stage](uint64_t done) { stage.Report(done); };
  ABSL_RETURN_IF_ERROR(ForEachBlock(*stage.rows, options,
                                    [&](uint32_t worker, uint32_t first, const VectorSet& block) {
                                      truth.Visit(worker, first, block);
                                      if (shards != nullptr) shards->Visit(first, block);
                                    }));
  stage.truth = truth.Take();
  return absl::OkStatus();
}

// Where the shards of this very build lie; those of other builds are removed.
absl::StatusOr<std::string> WorkFolder(const Stage& stage) {
  const GenerationInput& input = stage.input;
  if (input.work_folder.empty()) {
    return absl::InvalidArgumentError("a build in shards needs a work folder");
  }
  const GenerationOptions& options = stage.options;
  std::string key = absl::StrCat(input.model_fingerprint, "|", stage.plan.shards, "|",
                                 options.random_shards, "|", options.graph.max_degree);
  absl::StrAppend(&key, "|", options.graph.ef_construction, "|", options.prune.hub_degree, "|",
                  options.prune.ef_construction, "|");
  key.append(reinterpret_cast<const char*>(input.chunks.data()), input.chunks.size_bytes());
  const Digest digest = ComputeDigest(key);
  const std::string folder = absl::StrCat(input.work_folder, "/", digest.ToHex());
  if (!std::filesystem::exists(folder)) ABSL_RETURN_IF_ERROR(RemoveTree(input.work_folder));
  return folder;
}

absl::StatusOr<Adjacency> WholeGraph(Stage& stage) {
  ABSL_RETURN_IF_ERROR(VisitRows(stage, nullptr));
  const uint64_t read = stage.rows->size();
  const auto report = [&](uint64_t done) { stage.Report(read + done); };
  ABSL_ASSIGN_OR_RETURN(const Adjacency graph,
                        BuildGraph(stage.held, stage.options.graph, stage.cancellation, report));
  return PruneGraph(stage.held, graph, stage.options.prune, stage.cancellation, report);
}

absl::StatusOr<Adjacency> GraphFromShards(Stage& stage) {
  const uint32_t nodes = stage.rows->size();
  ShardedGraphOptions options;
  options.plan = stage.plan;
  options.graph = stage.options.graph;
  options.prune = stage.options.prune;
  options.random_shards = stage.options.random_shards;
  ABSL_ASSIGN_OR_RETURN(
      ShardedGraph shards,
      ShardedGraph::Create(stage.sample, stage.sample_rows, nodes, options, stage.cancellation));
  ABSL_RETURN_IF_ERROR(VisitRows(stage, &shards));
  ABSL_ASSIGN_OR_RETURN(const std::string folder, WorkFolder(stage));
  const auto report = [&](uint64_t done) { stage.Report(nodes + done); };
  ABSL_ASSIGN_OR_RETURN(Adjacency graph,
                        shards.Build(*stage.rows, folder, stage.cancellation, report));
  NotePeak(stage, shards.largest_shard(),
           stage.cache->bytes() + uint64_t{nodes} * MergeCodeBytes(stage.rows->dim()));
  return graph;
}

// For codes, hot cache and calibration: the room of the largest shard keeps rows, too.
void ReuseShardRoom(Stage& stage) {
  stage.late = std::make_unique<const RowCache>(stage.rows, stage.plan.capacity * RowBytes(stage));
  stage.rows = stage.late.get();
  NotePeak(stage, 0, stage.cache->bytes() + stage.late->bytes());
}

uint64_t RowsRecomputed(const Stage& stage) {
  if (stage.cache != nullptr) return stage.cache->recomputed();
  uint64_t recomputed = 0;
  for (uint32_t row = 0; row < stage.input.rows->size(); ++row) {
    recomputed += stage.input.rows->at_hand(row) ? 0 : 1;
  }
  return recomputed;
}

absl::StatusOr<Adjacency> GraphWithoutLinks(Stage& stage) {
  ABSL_RETURN_IF_ERROR(VisitRows(stage, nullptr));
  Adjacency graph;
  graph.lists.resize(stage.rows->size());
  if (!graph.lists.empty()) graph.entry_points = {NodeId{0}};
  return graph;
}

absl::StatusOr<Adjacency> MakeGraph(Stage& stage) {
  if (stage.options.prune.degree == 0) return GraphWithoutLinks(stage);
  return stage.plan.shards > 1 ? GraphFromShards(stage) : WholeGraph(stage);
}

absl::Status WriteGraphFile(Stage& stage) {
  ABSL_ASSIGN_OR_RETURN(const Adjacency graph, MakeGraph(stage));
  stage.manifest.edge_count = graph.edge_count();
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kGraphFile],
                        WriteGraph(stage.File(kGraphFile), graph));
  return absl::OkStatus();
}

uint64_t BytesSoFar(const Manifest& manifest) {
  uint64_t sum = SerializeManifest(manifest).size() + kManifestReserveBytes;
  for (const auto& [name, bytes] : manifest.file_bytes) sum += bytes;
  return sum;
}

absl::StatusOr<std::shared_ptr<const Codebook>> TrainOwn(const Stage& stage,
                                                         const CodeShape& shape) {
  CodeTrainingOptions training;
  training.code_bytes = shape.code_bytes;
  training.stages = shape.stages;
  training.max_centroids = shape.centroids;
  training.threads = stage.options.threads;
  ABSL_ASSIGN_OR_RETURN(Codebook codebook,
                        TrainCodebook(stage.sample, training, stage.cancellation));
  return std::make_shared<const Codebook>(std::move(codebook));
}

absl::StatusOr<CodeShape> ChooseCodes(const Stage& stage) {
  CodeLimits limits{.dim = stage.rows->dim(),
                    .sample_rows = stage.sample.size(),
                    .max_code_bytes = stage.options.max_code_bytes};
  if (stage.input.codebooks != nullptr) limits.shared = stage.input.codebooks->shapes();
  const uint64_t spent = BytesSoFar(stage.manifest);
  const uint32_t nodes = stage.rows->size();
  const auto plan = [&](uint64_t budget) {
    return PlanCodes(budget > spent ? budget - spent : 0, nodes, limits);
  };
  if (stage.options.wanted_index_bytes > 0) {
    const auto wanted = plan(stage.options.wanted_index_bytes);
    if (!absl::IsResourceExhausted(wanted.status())) return wanted;
    limits.max_code_bytes = std::min(limits.max_code_bytes, kMinCodeBytes);
  }
  return plan(stage.options.max_index_bytes);
}

absl::Status WriteCodesFile(Stage& stage) {
  const SharedCodebooks* shared = stage.input.codebooks;
  ABSL_ASSIGN_OR_RETURN(const CodeShape shape, ChooseCodes(stage));
  ABSL_ASSIGN_OR_RETURN(const std::shared_ptr<const Codebook> codebook,
                        shape.shared ? shared->Find(shape.code_bytes) : TrainOwn(stage, shape));
  ABSL_ASSIGN_OR_RETURN(
      const std::vector<uint8_t> codes,
      EncodeRows(*codebook, *stage.rows, stage.options.threads, stage.cancellation));
  stage.manifest.code_bytes = shape.code_bytes;
  stage.manifest.code_stages = shape.stages;
  stage.manifest.shared_codebook = shape.shared;
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kCodesFile],
                        WriteCodes(stage.File(kCodesFile), *codebook, codes,
                                   shape.shared ? &shared->digest() : nullptr));
  return absl::OkStatus();
}

// After the codes: what it takes is granted beside their budget.
absl::Status WriteHotFile(Stage& stage) {
  const RowSource& rows = *stage.rows;
  const uint32_t count = HotRowsWithin(stage.options.max_hot_bytes, rows.dim(), rows.size());
  if (count == 0) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const GraphView graph, GraphView::Open(stage.File(kGraphFile)));
  ABSL_ASSIGN_OR_RETURN(const HotPrior prior, ReadHotPrior(graph, stage.input.visits));
  const std::vector<uint32_t> hot = ChooseHotNodes(stage.input.visits, prior, count);
  ABSL_ASSIGN_OR_RETURN(const uint64_t bytes,
                        WriteHotCache(stage.File(kHotFile), rows, hot, stage.cancellation));
  stage.manifest.file_bytes[kHotFile] = bytes;
  return absl::OkStatus();
}

absl::Status Calibrate(Stage& stage) {
  if (stage.input.queries == nullptr) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const GraphView graph, GraphView::Open(stage.File(kGraphFile)));
  ABSL_ASSIGN_OR_RETURN(const CodesView codes,
                        CodesView::Open(stage.File(kCodesFile), stage.input.codebooks));
  const CalibrationInput input{*stage.rows,          graph,       codes,
                               *stage.input.queries, stage.truth, stage.input.row_us};
  ABSL_ASSIGN_OR_RETURN(
      stage.manifest.calibration,
      FitStopRule(input, kCalibratedK, stage.options.threads, stage.cancellation));
  return absl::OkStatus();
}

absl::Status BuildFiles(Stage& stage) {
  ABSL_RETURN_IF_ERROR(PrepareRows(stage));
  const VectorRows held(&stage.held);
  if (stage.plan.shards == 1) {
    stage.rows = &held;
    ABSL_RETURN_IF_ERROR(ReadSample(stage));
    NotePeak(stage, held.size(), 0);
  }
  ABSL_RETURN_IF_ERROR(WriteNodes(stage));
  ABSL_RETURN_IF_ERROR(WriteGraphFile(stage));
  if (stage.plan.shards > 1) ReuseShardRoom(stage);
  ABSL_RETURN_IF_ERROR(WriteCodesFile(stage));
  ABSL_RETURN_IF_ERROR(WriteHotFile(stage));
  ABSL_RETURN_IF_ERROR(Calibrate(stage));
  stage.manifest.rows_recomputed = RowsRecomputed(stage);
  stage.Report(BuildSteps(stage.rows->size()));
  if (!stage.input.work_folder.empty()) {
    ABSL_RETURN_IF_ERROR(RemoveTree(stage.input.work_folder));
  }
  return WriteFileAtomically(stage.File(kManifestFile), SerializeManifest(stage.manifest));
}

Manifest InitialManifest(const GenerationInput& input, const GenerationOptions& options) {
  Manifest manifest;
  manifest.generation = input.generation;
  manifest.model_id = input.model_id;
  manifest.model_fingerprint = input.model_fingerprint;
  manifest.dim = input.rows->dim();
  manifest.node_count = input.rows->size();
  manifest.hub_degree = options.prune.hub_degree;
  manifest.degree = options.prune.degree;
  manifest.hub_share = options.prune.hub_share;
  manifest.max_index_share = input.max_index_share;
  manifest.hot_share = input.hot_share;
  return manifest;
}

}  // namespace

absl::Status GenerationOptions::Validate() const {
  ABSL_RETURN_IF_ERROR(graph.Validate());
  if (prune.degree > 0) ABSL_RETURN_IF_ERROR(prune.Validate());
  if (max_code_bytes < kMinCodeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_code_bytes is ", max_code_bytes, "; expected at least ", kMinCodeBytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<Manifest> BuildGeneration(const std::string& path, const GenerationInput& input,
                                         const GenerationOptions& options,
                                         const CancellationPtr& cancellation,
                                         const GraphProgress& progress) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  if (input.chunks.size() != input.rows->size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(input.chunks.size(), " chunks but ", input.rows->size(), " rows"));
  }
  if (!input.visits.empty() && input.visits.size() != input.chunks.size()) {
    return absl::InvalidArgumentError(absl::StrCat(input.chunks.size(), " chunks but ",
                                                   input.visits.size(), " counts of visits"));
  }
  if (input.codebooks != nullptr && input.codebooks->dim() != input.rows->dim()) {
    return absl::InvalidArgumentError(absl::StrCat("codebooks of ", input.codebooks->dim(),
                                                   " dimensions, but rows of ", input.rows->dim()));
  }
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(path));
  Stage stage{path, input, options, cancellation, progress};
  stage.manifest = InitialManifest(input, options);
  absl::Status status = BuildFiles(stage);
  if (!status.ok()) {
    RemoveTree(path).IgnoreError();  // the first error is the one to report
    return status;
  }
  return std::move(stage.manifest);
}

}  // namespace seekd
