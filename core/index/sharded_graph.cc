#include "core/index/sharded_graph.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/codes/code_distances.h"
#include "core/codes/kmeans.h"
#include "core/graph/entry_points.h"
#include "core/graph/shard_links.h"
#include "core/graph/shard_merge.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

std::string ShardPath(const std::string& folder, size_t shard) {
  return absl::StrCat(folder, "/shard-", shard, ".bin");
}

bool HasShard(const std::string& path, std::span<const uint32_t> members, uint32_t nodes) {
  const absl::StatusOr<ShardView> view = ShardView::Open(path, nodes);
  return view.ok() &&
         std::equal(members.begin(), members.end(), view->members().begin(), view->members().end());
}

}  // namespace

ShardedGraph::ShardedGraph(uint32_t nodes, const ShardedGraphOptions& options)
    : options_(options), digests_(nodes), nearest_(nodes) {}

absl::StatusOr<ShardedGraph> ShardedGraph::Create(const VectorSet& sample,
                                                  std::vector<uint32_t> sample_rows, uint32_t nodes,
                                                  const ShardedGraphOptions& options,
                                                  const CancellationPtr& cancellation) {
  ShardedGraph graph(nodes, options);
  KMeansOptions kmeans;
  kmeans.centroids = std::min(options.plan.shards, sample.size());
  ABSL_ASSIGN_OR_RETURN(graph.centroids_, KMeans(sample.values, sample.dim, kmeans));
  CodeTrainingOptions training;
  training.code_bytes = MergeCodeBytes(sample.dim);
  training.threads = options.graph.threads;
  ABSL_ASSIGN_OR_RETURN(graph.codebook_, TrainCodebook(sample, training, cancellation));
  graph.encoder_ = std::make_unique<const VectorEncoder>(graph.codebook_);
  graph.code_error_ = MeanCodeError(graph.codebook_, sample);
  graph.codes_.resize(size_t{nodes} * graph.codebook_.code_bytes());
  std::vector<uint32_t> all(sample.size());
  std::iota(all.begin(), all.end(), 0U);
  for (const uint32_t i : ChooseEntryPoints(sample, all, options.graph.seed)) {
    graph.entries_.push_back(sample_rows[i]);
  }
  return graph;
}

void ShardedGraph::Visit(uint32_t first, const VectorSet& block) {
  const auto centroids = static_cast<uint32_t>(centroids_.size() / block.dim);
  for (uint32_t i = 0; i < block.size(); ++i) {
    const std::span<const float> row(block.row(i), block.dim);
    digests_[first + i] = VectorDigest(row);
    nearest_[first + i] = FindNearestShards(centroids_, centroids, row);
  }
  encoder_->Encode(block, codes_.data() + size_t{first} * codebook_.code_bytes());
}

std::vector<std::vector<uint32_t>> ShardedGraph::Members(std::span<const uint32_t> nodes) const {
  const ShardPlan& plan = options_.plan;
  if (!options_.random_shards) return AssignShards(nodes, nearest_, plan.shards, plan.capacity);
  std::vector<NearestShards> random_shards(nearest_.size());
  std::mt19937_64 random(options_.graph.seed);
  for (NearestShards& shards : random_shards) {
    for (uint8_t& shard : shards) shard = static_cast<uint8_t>(random() % plan.shards);
  }
  return AssignShards(nodes, random_shards, plan.shards, plan.capacity);
}

absl::Status ShardedGraph::BuildShards(const std::vector<std::vector<uint32_t>>& members,
                                       const RowSource& rows, const std::string& folder,
                                       const CancellationPtr& cancellation,
                                       const GraphProgress& progress) {
  uint64_t before = 0;
  for (size_t s = 0; s < members.size(); ++s) {
    const std::string path = ShardPath(folder, s);
    largest_shard_ = std::max<uint64_t>(largest_shard_, members[s].size());
    if (!HasShard(path, members[s], rows.size())) {
      ABSL_ASSIGN_OR_RETURN(
          const VectorSet vectors,
          ReadRows(rows, members[s], {options_.graph.threads, 1, cancellation, {}}));
      const auto report = [&](uint64_t done) {
        if (progress) progress(before + std::min<uint64_t>(done, members[s].size()));
      };
      ABSL_ASSIGN_OR_RETURN(
          const ShardLinks links,
          BuildShard(members[s], vectors, options_.graph, options_.prune, cancellation, report));
      ABSL_RETURN_IF_ERROR(WriteShard(path, links));
    }
    before += members[s].size();
  }
  return absl::OkStatus();
}

std::vector<uint32_t> ShardedGraph::Entries(const DuplicateGroups& duplicates) const {
  std::vector<uint32_t> entries = entries_;
  for (const std::vector<uint32_t>& group : duplicates.groups) {
    for (uint32_t& entry : entries) {
      if (std::find(group.begin(), group.end(), entry) != group.end()) entry = group[0];
    }
  }
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return entries;
}

absl::StatusOr<Adjacency> ShardedGraph::Build(const RowSource& rows, const std::string& folder,
                                              const CancellationPtr& cancellation,
                                              const GraphProgress& progress) {
  const DuplicateGroups duplicates = FindDuplicates(digests_);
  const std::vector<std::vector<uint32_t>> members = Members(duplicates.representatives);
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(folder));
  ABSL_RETURN_IF_ERROR(BuildShards(members, rows, folder, cancellation, progress));
  std::vector<ShardView> shards;
  for (size_t s = 0; s < members.size(); ++s) {
    ABSL_ASSIGN_OR_RETURN(ShardView shard, ShardView::Open(ShardPath(folder, s), rows.size()));
    shards.push_back(std::move(shard));
  }
  const CodeDistances distances(codebook_, codes_, code_error_);
  return MergeShards(shards, distances, duplicates, Entries(duplicates), options_.prune,
                     cancellation);
}

}  // namespace seekd
