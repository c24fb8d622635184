#include "core/graph/builder.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/graph/beam_search.h"
#include "core/graph/duplicates.h"
#include "core/graph/entry_points.h"
#include "core/graph/link_table.h"
#include "core/graph/neighbor_selection.h"
#include "core/graph/reachability.h"

namespace seekd {
namespace {

// Entry points first, then the rest in random order: an order that follows the
// data (documents one after the other) would build long detours.
std::vector<uint32_t> InsertionOrder(std::span<const uint32_t> nodes,
                                     std::span<const uint32_t> entries, uint64_t seed) {
  std::vector<uint32_t> order;
  for (const uint32_t node : nodes) {
    if (std::find(entries.begin(), entries.end(), node) == entries.end()) order.push_back(node);
  }
  std::mt19937_64 random(seed);
  std::shuffle(order.begin(), order.end(), random);
  order.insert(order.begin(), entries.begin(), entries.end());
  return order;
}

class Insertion {
 public:
  Insertion(const VectorSet& vectors, const GraphBuildOptions& options,
            std::span<const uint32_t> entries)
      : vectors_(vectors),
        options_(options),
        entries_(entries),
        distances_(vectors),
        table_(distances_, options.max_degree),
        searches_(ThreadCount(options.threads), BeamSearch(vectors.size())) {}

  void InsertEntry(size_t i) { Insert(0, entries_[i], entries_.first(i)); }
  void Insert(uint32_t worker, uint32_t node) { Insert(worker, node, entries_); }
  std::vector<std::vector<uint32_t>> Release() { return table_.Release(); }

 private:
  void Insert(uint32_t worker, uint32_t node, std::span<const uint32_t> starts) {
    const auto links = [this](uint32_t at, std::vector<uint32_t>* out) { table_.Read(at, out); };
    const std::span<const Candidate> nearest = searches_[worker].Run(
        DistancesTo(vectors_, vectors_.row(node)), starts, options_.ef_construction, node, links);
    table_.Connect(node, SelectNeighbors(distances_, nearest, options_.max_degree));
  }

  const VectorSet& vectors_;
  const GraphBuildOptions& options_;
  const std::span<const uint32_t> entries_;
  const VectorDistances distances_;
  LinkTable table_;
  std::vector<BeamSearch> searches_;  // one per worker
};

}  // namespace

absl::Status GraphBuildOptions::Validate() const {
  if (max_degree < 2 || max_degree > 1024) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_degree must be in [2, 1024], got ", max_degree));
  }
  if (ef_construction < 1) return absl::InvalidArgumentError("ef_construction must be at least 1");
  return absl::OkStatus();
}

absl::StatusOr<Adjacency> BuildGraph(const VectorSet& vectors, const GraphBuildOptions& options,
                                     const CancellationPtr& cancellation,
                                     const GraphProgress& progress) {
  ABSL_RETURN_IF_ERROR(options.Validate());
  const DuplicateGroups duplicates = FindDuplicates(vectors);
  const std::vector<uint32_t> entries =
      ChooseEntryPoints(vectors, duplicates.representatives, options.seed);
  const std::vector<uint32_t> order =
      InsertionOrder(duplicates.representatives, entries, options.seed);
  Insertion insertion(vectors, options, entries);
  for (size_t i = 0; i < entries.size(); ++i) insertion.InsertEntry(i);
  const std::span<const uint32_t> rest = std::span(order).subspan(entries.size());
  const auto report = [&](uint64_t done) {
    if (progress) progress(vectors.size() - rest.size() + done);
  };
  ABSL_RETURN_IF_ERROR(ParallelFor(rest.size(), {options.threads, 64, cancellation, report},
                                   [&](uint32_t worker, uint64_t begin, uint64_t end) {
                                     for (uint64_t i = begin; i < end; ++i)
                                       insertion.Insert(worker, rest[i]);
                                   }));
  Adjacency graph{.lists = insertion.Release()};
  for (const uint32_t entry : entries) graph.entry_points.emplace_back(entry);
  AttachDuplicates(duplicates, options.max_degree, &graph);
  ConnectUnreachable(VectorDistances(vectors), options.max_degree, &graph);
  return graph;
}

}  // namespace seekd
