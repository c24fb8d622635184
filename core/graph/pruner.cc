// LEANN Algorithm 3.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/graph/builder.h"
#include "core/graph/duplicates.h"
#include "core/graph/entry_points.h"
#include "core/graph/hubs.h"
#include "core/graph/link_table.h"
#include "core/graph/neighbor_selection.h"
#include "core/graph/neighborhoods.h"
#include "core/graph/reachability.h"

namespace seekd {
namespace {

class Reinsertion {
 public:
  Reinsertion(const VectorSet& vectors, const Adjacency& graph, const PruneOptions& options,
              std::vector<bool> is_hub)
      : options_(options),
        is_hub_(std::move(is_hub)),
        distances_(vectors),
        table_(distances_, options.hub_degree),
        neighborhoods_(vectors, graph, options.ef_construction, options.threads) {}

  void Insert(uint32_t worker, uint32_t node) {
    const uint32_t limit = is_hub_[node] ? options_.hub_degree : options_.degree;
    table_.Connect(node, SelectNeighbors(distances_, neighborhoods_.Of(worker, node), limit));
  }
  std::vector<std::vector<uint32_t>> Release() { return table_.Release(); }

 private:
  const PruneOptions& options_;
  const std::vector<bool> is_hub_;
  const VectorDistances distances_;
  LinkTable table_;
  Neighborhoods neighborhoods_;
};

absl::Status CheckShape(const VectorSet& vectors, const Adjacency& graph) {
  if (graph.lists.size() == vectors.size()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the graph has ", graph.lists.size(), " nodes but there are ", vectors.size(), " vectors"));
}

}  // namespace

absl::Status PruneOptions::Validate() const {
  if (degree < 1 || hub_degree < std::max(2U, degree) || hub_degree > 1024) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected 1 <= degree <= hub_degree <= 1024 and hub_degree >= 2, got degree ",
                     degree, ", hub_degree ", hub_degree));
  }
  if (!(hub_share >= 0 && hub_share <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat("hub_share must be in [0, 1], got ", hub_share));
  }
  if (ef_construction < 1) return absl::InvalidArgumentError("ef_construction must be at least 1");
  return absl::OkStatus();
}

absl::StatusOr<Adjacency> PruneGraph(const VectorSet& vectors, const Adjacency& graph,
                                     const PruneOptions& options,
                                     const CancellationPtr& cancellation,
                                     const GraphProgress& progress) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  ABSL_RETURN_IF_ERROR(CheckShape(vectors, graph));
  const std::vector<uint32_t> degrees = CountDegrees(graph);
  const DuplicateGroups duplicates = FindDuplicates(vectors);
  const std::vector<uint32_t>& nodes = duplicates.representatives;

  Reinsertion reinsertion(vectors, graph, options, FindHubs(degrees, options.hub_share));
  const auto report = [&](uint64_t done) {
    if (progress) progress(2 * uint64_t{vectors.size()} - nodes.size() + done);
  };
  ABSL_RETURN_IF_ERROR(ParallelFor(nodes.size(), {options.threads, 64, cancellation, report},
                                   [&](uint32_t worker, uint64_t begin, uint64_t end) {
                                     for (uint64_t i = begin; i < end; ++i)
                                       reinsertion.Insert(worker, nodes[i]);
                                   }));
  Adjacency pruned{.lists = reinsertion.Release()};
  for (const uint32_t hub : HubsNear(graph, degrees)) pruned.entry_points.emplace_back(hub);
  AttachDuplicates(duplicates, options.hub_degree, &pruned);
  ConnectUnreachable(VectorDistances(vectors), options.hub_degree, &pruned);
  return pruned;
}

}  // namespace seekd
