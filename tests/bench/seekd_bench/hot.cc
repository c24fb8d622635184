// seekd-bench hot: what a hot cache saves, by its size and by how its rows are chosen.
#include <cmath>
#include <iostream>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/collection/run_sync.h"
#include "core/index/generation.h"
#include "core/index/hot_cache.h"
#include "core/index/hot_choice.h"
#include "core/search/search.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/vector_files.h"

namespace seekd::bench {
namespace {

// Answers with rows of a VectorSet (node i is chunk i + 1) and notes the nodes asked for.
class NotingSource final : public EmbeddingSource {
 public:
  explicit NotingSource(const VectorSet* vectors) : vectors_(vectors) {}
  uint32_t dim() const override { return vectors_->dim; }
  asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                       EncodeOptions) override {
    EmbeddingRows rows;
    rows.dim = vectors_->dim;
    for (const ChunkId id : ids) {
      const auto node = static_cast<uint32_t>(id.value - 1);
      rows.values.insert(rows.values.end(), vectors_->row(node), vectors_->row(node) + rows.dim);
      asked_.push_back(node);
    }
    rows.recomputed = static_cast<uint32_t>(ids.size());
    co_return rows;
  }
  std::vector<uint32_t> TakeAsked() { return std::exchange(asked_, {}); }

 private:
  const VectorSet* const vectors_;
  std::vector<uint32_t> asked_;
};

// result[q]: the nodes that query q asks for. A cache changes none of it.
absl::StatusOr<std::vector<std::vector<uint32_t>>> NodesAsked(const Generation& generation,
                                                              const Embeddings& embeddings,
                                                              const HotOptions& options) {
  SearchIndex index;
  index.graph = &generation.graph();
  index.codes = &generation.codes();
  index.nodes = &generation.nodes();
  index.calibration = &generation.manifest().calibration;
  SearchOptions search;
  search.top_k = options.top_k;
  search.recall_target = options.target;
  NotingSource source(&embeddings.base);
  std::vector<std::vector<uint32_t>> asked;
  const VectorSet& queries = embeddings.queries;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const std::vector<float> query(queries.row(q), queries.row(q) + queries.dim);
    ABSL_RETURN_IF_ERROR(RunSync(Search(index, query, search, &source)).status());
    asked.push_back(source.TakeAsked());
  }
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

absl::Status HotCurve(const HotOptions& options) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, ReadEmbeddings(options.vectors, 0));
  ABSL_ASSIGN_OR_RETURN(const auto generation, Generation::Open(options.generation));
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
  std::cout << absl::StrFormat(
      "%d nodes; %d queries visited %.2f %% of them, %d others are measured\n\n"
      "| nodes held | bytes per node | hit rate | rows recomputed | without neighbours | rows | "
      "in-degree alone | rows |\n|---|---|---|---|---|---|---|---|\n",
      nodes, asked.size() - asked.size() / 2,
      100.0 * static_cast<double>(visited) / static_cast<double>(nodes), asked.size() / 2);
  for (const double share : options.shares) {
    const auto count = static_cast<uint32_t>(std::lround(share * nodes));
    const double hit = HitRate(asked, ChooseHotNodes(visits, prior, count), nodes);
    const double alone = HitRate(asked, ChooseHotNodes(visits, degrees, count), nodes);
    const double degree = HitRate(asked, ChooseHotNodes({}, degrees, count), nodes);
    const auto bytes = static_cast<double>(HotCacheFileBytes(embeddings.base.dim, count));
    std::cout << absl::StrFormat("| %g %% | %.0f | %.3f | %.1f | %.3f | %.1f | %.3f | %.1f |\n",
                                 100 * share, count == 0 ? 0 : bytes / nodes, hit, cost * (1 - hit),
                                 alone, cost * (1 - alone), degree, cost * (1 - degree));
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
