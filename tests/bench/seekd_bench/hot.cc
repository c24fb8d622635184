// seekd-bench hot: what a hot cache saves, by its size and by how its rows are chosen.
#include <cmath>
#include <span>
#include <vector>

#include "core/base/status_macros.h"
#include "core/index/generation.h"
#include "core/index/hot_cache.h"
#include "core/index/hot_choice.h"
#include "core/search/search.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/measure.h"

namespace seekd::bench {
namespace {

// result[q]: the nodes that query q asks for. A cache changes none of it.
absl::StatusOr<std::vector<std::vector<uint32_t>>> NodesAsked(const Generation& generation,
                                                              const Embeddings& embeddings,
                                                              const HotOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, options.top_k));
  SearchOptions search;
  search.top_k = options.top_k;
  search.recall_target = options.target;
  std::vector<std::vector<uint32_t>> asked(embeddings.queries.size());
  const auto note = [&asked](uint32_t query, std::span<const uint32_t> rows) {
    asked[query].insert(asked[query].end(), rows.begin(), rows.end());
  };
  ABSL_RETURN_IF_ERROR(MeasureSearch(ViewOf(generation), embeddings, truth, search, note).status());
  return asked;
}

// The share of what the queries of odd number ask for that `hot` holds.
double HitRate(const std::vector<std::vector<uint32_t>>& asked, std::span<const uint32_t> hot,
               uint32_t nodes) {
  std::vector<bool> held(nodes, false);
  for (const uint32_t node : hot) held[node] = true;
  uint64_t rows = 0, hits = 0;
  for (size_t q = 1; q < asked.size(); q += 2) {
    rows += asked[q].size();
    for (const uint32_t node : asked[q]) hits += held[node] ? 1 : 0;
  }
  return rows == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(rows);
}

}  // namespace

absl::Status HotCurve(const HotOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  ABSL_ASSIGN_OR_RETURN(const auto generation, OpenOrBuild(options.input, embeddings));
  ABSL_ASSIGN_OR_RETURN(const auto asked, NodesAsked(*generation, embeddings, options));
  const uint32_t nodes = generation->graph().node_count();
  std::vector<uint32_t> visits(nodes, 0);
  uint64_t visited = 0, rows = 0;
  for (size_t q = 0; q < asked.size(); q += 2) {
    for (const uint32_t node : asked[q]) visited += visits[node]++ == 0 ? 1 : 0;
    if (q + 1 < asked.size()) rows += asked[q + 1].size();
  }
  ABSL_ASSIGN_OR_RETURN(const HotPrior prior, ReadHotPrior(generation->graph(), visits));
  ABSL_ASSIGN_OR_RETURN(const HotPrior degrees, ReadHotPrior(generation->graph(), {}));
  const double cost = static_cast<double>(rows) / static_cast<double>(asked.size() / 2);
  report->Fact("share of the nodes that half of the queries visited",
               static_cast<double>(visited) / nodes);
  report->BeginTable("hot", "What a hot cache saves",
                     {{"held", "nodes held", 2},
                      {"bytes", "bytes per node"},
                      {"hit_rate", "hit rate", 3},
                      {"rows", "rows recomputed", 1},
                      {"hit_rate_visits", "visits and in-degree", 3},
                      {"rows_visits", "rows", 1},
                      {"hit_rate_degree", "in-degree alone", 3},
                      {"rows_degree", "rows", 1}});
  for (const double share : options.held) {
    const auto count = static_cast<uint32_t>(std::lround(share * nodes));
    const double hit = HitRate(asked, ChooseHotNodes(visits, prior, count), nodes);
    const double alone = HitRate(asked, ChooseHotNodes(visits, degrees, count), nodes);
    const double degree = HitRate(asked, ChooseHotNodes({}, degrees, count), nodes);
    const auto bytes = static_cast<double>(HotCacheFileBytes(embeddings.base.dim, count));
    report->Row({share, count == 0 ? 0 : bytes / nodes, hit, cost * (1 - hit), alone,
                 cost * (1 - alone), degree, cost * (1 - degree)});
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
