// LEANN Algorithm 3.
#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/graph/beam_search.h"
#include "core/graph/builder.h"
#include "core/graph/duplicates.h"
#include "core/graph/entry_points.h"
#include "core/graph/link_table.h"
#include "core/graph/neighbor_selection.h"
#include "core/graph/reachability.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// Links in either direction: out-lists are capped, so that out-degree alone
// cannot tell hubs from one another.
std::vector<uint32_t> CountDegrees(const Adjacency& graph) {
  std::vector<uint32_t> degrees(graph.lists.size(), 0);
  for (size_t node = 0; node < graph.lists.size(); ++node) {
    degrees[node] += static_cast<uint32_t>(graph.lists[node].size());
    for (const uint32_t neighbor : graph.lists[node]) ++degrees[neighbor];
  }
  return degrees;
}

std::vector<bool> FindHubs(std::span<const uint32_t> degrees, float share) {
  std::vector<uint32_t> order(degrees.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto hubs = static_cast<size_t>(share * static_cast<float>(order.size()));
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(hubs), order.end(),
                   [&](uint32_t a, uint32_t b) {
                     return degrees[a] != degrees[b] ? degrees[a] > degrees[b] : a < b;
                   });
  std::vector<bool> is_hub(degrees.size(), false);
  for (size_t i = 0; i < hubs; ++i) is_hub[order[i]] = true;
  return is_hub;
}

class Reinsertion {
 public:
  Reinsertion(const VectorSet& vectors, const Adjacency& graph, const PruneOptions& options,
              std::vector<bool> is_hub)
      : vectors_(vectors),
        graph_(graph),
        options_(options),
        is_hub_(std::move(is_hub)),
        table_(vectors, options.hub_degree),
        searches_(ThreadCount(options.threads), BeamSearch(vectors)) {}

  void Insert(uint32_t worker, uint32_t node) {
    const uint32_t limit = is_hub_[node] ? options_.hub_degree : options_.degree;
    table_.Connect(node, SelectNeighbors(vectors_, FindCandidates(worker, node), limit));
  }
  std::vector<std::vector<uint32_t>> Release() { return table_.Release(); }

 private:
  // The nearest nodes, found from the node's own links on (no need to descend from
  // an entry point), and those links themselves: among them are the long ones that
  // let a search cross from one crowd to another, which no search for the nearest
  // would bring back.
  std::vector<Candidate> FindCandidates(uint32_t worker, uint32_t node) {
    const std::vector<uint32_t>& list = graph_.lists[node];
    const auto links = [this](uint32_t at, std::vector<uint32_t>* out) { *out = graph_.lists[at]; };
    const std::span<const Candidate> nearest =
        searches_[worker].Run(vectors_.row(node), list, options_.ef_construction, node, links);
    std::vector<Candidate> candidates(nearest.begin(), nearest.end());
    for (const uint32_t id : list) {
      const float distance = SquaredDistance(vectors_.row(node), vectors_.row(id), vectors_.dim);
      candidates.push_back({distance, id});
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    return candidates;
  }

  const VectorSet& vectors_;
  const Adjacency& graph_;
  const PruneOptions& options_;
  const std::vector<bool> is_hub_;
  LinkTable table_;
  std::vector<BeamSearch> searches_;  // one per worker
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
  ConnectUnreachable(vectors, options.hub_degree, &pruned);
  return pruned;
}

}  // namespace seekd
