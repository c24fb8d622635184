#include "core/index/generation_builder.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/codes/codes.h"
#include "core/index/generation_folder.h"
#include "core/index/hot_cache.h"
#include "core/index/hot_choice.h"
#include "core/search/node_map.h"
#include "core/search/stop_rule.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

constexpr uint32_t kMinCodeBytes = 8;
constexpr uint32_t kMinCentroids = 16;
constexpr uint32_t kMaxCentroids = 256;
// A codebook larger than its codes is a waste: rather fewer centroids.
constexpr uint64_t kMaxCodebookShare = 4;  // of the budget: one quarter
constexpr uint64_t kManifestReserveBytes = 3584;
constexpr std::array<uint32_t, 3> kCalibratedK = {3, 10, 100};

struct Stage {
  std::string path;
  const GenerationInput& input;
  const GenerationOptions& options;
  const CancellationPtr& cancellation;
  Manifest manifest;

  std::string File(const char* name) const { return absl::StrCat(path, "/", name); }
};

absl::Status WriteNodes(Stage& stage) {
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kNodesFile],
                        WriteNodeMap(stage.File(kNodesFile), stage.input.chunks));
  return absl::OkStatus();
}

absl::Status WriteGraphFile(Stage& stage, const GraphProgress& progress) {
  const VectorSet& vectors = *stage.input.vectors;
  ABSL_ASSIGN_OR_RETURN(Adjacency graph,
                        BuildGraph(vectors, stage.options.graph, stage.cancellation, progress));
  ABSL_ASSIGN_OR_RETURN(
      graph, PruneGraph(vectors, graph, stage.options.prune, stage.cancellation, progress));
  stage.manifest.edge_count = graph.edge_count();
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kGraphFile],
                        WriteGraph(stage.File(kGraphFile), graph));
  return absl::OkStatus();
}

uint64_t BytesSoFar(const Manifest& manifest) {
  uint64_t sum = kManifestReserveBytes;
  for (const auto& [name, bytes] : manifest.file_bytes) sum += bytes;
  return sum;
}

absl::Status WriteCodesFile(Stage& stage) {
  const VectorSet& vectors = *stage.input.vectors;
  const uint64_t spent = BytesSoFar(stage.manifest);
  const uint64_t budget = stage.options.max_index_bytes;
  ABSL_ASSIGN_OR_RETURN(const CodePlan plan,
                        PlanCodes(budget > spent ? budget - spent : 0, vectors.dim, vectors.size(),
                                  stage.options.max_code_bytes));
  CodeTrainingOptions training;
  training.code_bytes = plan.code_bytes;
  training.max_centroids = plan.centroids;
  training.threads = stage.options.threads;
  ABSL_ASSIGN_OR_RETURN(const Codebook codebook,
                        TrainCodebook(vectors, training, stage.cancellation));
  const std::vector<uint8_t> codes = EncodeVectors(codebook, vectors, stage.options.threads);
  stage.manifest.code_bytes = plan.code_bytes;
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kCodesFile],
                        WriteCodes(stage.File(kCodesFile), codebook, codes));
  return absl::OkStatus();
}

// After the codes: what it takes is granted beside their budget.
absl::Status WriteHotFile(Stage& stage) {
  const VectorSet& vectors = *stage.input.vectors;
  const uint32_t count = HotRowsWithin(stage.options.max_hot_bytes, vectors.dim, vectors.size());
  if (count == 0) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const GraphView graph, GraphView::Open(stage.File(kGraphFile)));
  ABSL_ASSIGN_OR_RETURN(const std::vector<uint32_t> in_degrees, InDegrees(graph));
  const std::vector<NodeId> hot = ChooseHotNodes(stage.input.visits, in_degrees, count);
  const auto row = [&](NodeId node, std::span<float> out) {
    std::copy_n(vectors.row(node.value), vectors.dim, out.begin());
    return absl::OkStatus();
  };
  ABSL_ASSIGN_OR_RETURN(stage.manifest.file_bytes[kHotFile],
                        WriteHotCache(stage.File(kHotFile), vectors.dim, vectors.size(), hot, row));
  return absl::OkStatus();
}

absl::Status Calibrate(Stage& stage) {
  if (stage.input.queries == nullptr) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const GraphView graph, GraphView::Open(stage.File(kGraphFile)));
  ABSL_ASSIGN_OR_RETURN(const CodesView codes, CodesView::Open(stage.File(kCodesFile)));
  ABSL_ASSIGN_OR_RETURN(stage.manifest.calibration,
                        FitStopRule(*stage.input.vectors, graph, codes, *stage.input.queries,
                                    kCalibratedK, stage.options.threads, stage.cancellation));
  return absl::OkStatus();
}

absl::Status BuildFiles(Stage& stage, const GraphProgress& progress) {
  ABSL_RETURN_IF_ERROR(WriteNodes(stage));
  ABSL_RETURN_IF_ERROR(WriteGraphFile(stage, progress));
  ABSL_RETURN_IF_ERROR(WriteCodesFile(stage));
  ABSL_RETURN_IF_ERROR(WriteHotFile(stage));
  ABSL_RETURN_IF_ERROR(Calibrate(stage));
  return WriteFileAtomically(stage.File(kManifestFile), SerializeManifest(stage.manifest));
}

Manifest InitialManifest(const GenerationInput& input, const GenerationOptions& options) {
  Manifest manifest;
  manifest.generation = input.generation;
  manifest.model_id = input.model_id;
  manifest.model_fingerprint = input.model_fingerprint;
  manifest.dim = input.vectors->dim;
  manifest.node_count = input.vectors->size();
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
  ABSL_RETURN_IF_ERROR(prune.Validate());
  if (max_code_bytes < kMinCodeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_code_bytes is ", max_code_bytes, "; expected at least ", kMinCodeBytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<CodePlan> PlanCodes(uint64_t budget_bytes, uint32_t dim, uint64_t nodes,
                                   uint32_t max_code_bytes) {
  const uint32_t longest = std::min(max_code_bytes, dim);
  for (uint32_t centroids = kMaxCentroids; centroids >= kMinCentroids; centroids /= 2) {
    const uint64_t codebook_bytes = uint64_t{centroids} * dim * sizeof(uint16_t);
    if (codebook_bytes > budget_bytes / kMaxCodebookShare && centroids > kMinCentroids) continue;
    for (uint32_t bytes = longest; bytes >= std::min(kMinCodeBytes, longest); --bytes) {
      if (CodesFileBytes(dim, bytes, centroids, nodes) <= budget_bytes) {
        return CodePlan{bytes, centroids};
      }
      if (bytes == 1) break;
    }
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("max_index_bytes leaves ", budget_bytes, " bytes for the codes of ", nodes,
                   " chunks; the smallest take ",
                   CodesFileBytes(dim, std::min(kMinCodeBytes, longest), kMinCentroids, nodes)));
}

absl::StatusOr<Manifest> BuildGeneration(const std::string& path, const GenerationInput& input,
                                         const GenerationOptions& options,
                                         const CancellationPtr& cancellation,
                                         const GraphProgress& progress) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  if (input.chunks.size() != input.vectors->size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(input.chunks.size(), " chunks but ", input.vectors->size(), " vectors"));
  }
  if (!input.visits.empty() && input.visits.size() != input.chunks.size()) {
    return absl::InvalidArgumentError(absl::StrCat(input.chunks.size(), " chunks but ",
                                                   input.visits.size(), " counts of visits"));
  }
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(path));
  Stage stage{path, input, options, cancellation, InitialManifest(input, options)};
  absl::Status status = BuildFiles(stage, progress);
  if (!status.ok()) {
    RemoveTree(path).IgnoreError();  // the first error is the one to report
    return status;
  }
  return std::move(stage.manifest);
}

}  // namespace seekd
