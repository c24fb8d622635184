#include "tests/bench/seekd_bench/measure.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/collection/run_sync.h"
#include "core/search/exact_truth.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/vector_source.h"

namespace seekd::bench {

absl::StatusOr<Truth> Truth::Of(const Embeddings& embeddings, uint32_t most) {
  Truth truth;
  ABSL_ASSIGN_OR_RETURN(truth.scores_,
                        TopScores(embeddings.base, embeddings.queries, {}, most, 0, nullptr));
  return truth;
}

float Truth::Threshold(uint32_t q, uint32_t k) const {
  return scores_[q][k - 1] - kScoreTieTolerance;
}

uint32_t Truth::Right(uint32_t q, uint32_t k, std::span<const float> scores) const {
  const float threshold = Threshold(q, k);
  const auto right = std::count_if(scores.begin(), scores.end(),
                                   [threshold](float score) { return score >= threshold; });
  return std::min(k, static_cast<uint32_t>(right));
}

absl::StatusOr<Figures> MeasureSearch(const SearchIndex& index, const Embeddings& embeddings,
                                      const Truth& truth, const SearchOptions& options,
                                      const FetchObserver& observer) {
  VectorSource source(&embeddings.base);
  Figures figures;
  uint64_t right = 0;
  const VectorSet& queries = embeddings.queries;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const std::vector<float> query(queries.row(q), queries.row(q) + queries.dim);
    source.Clear();
    ABSL_ASSIGN_OR_RETURN(const SearchResult result,
                          RunSync(Search(index, query, options, &source)));
    std::vector<float> scores;
    for (const ScoredChunk& hit : result.chunks) {
      // Its own score may be an estimate.
      const float* row = embeddings.base.row(static_cast<uint32_t>(hit.chunk.value - 1));
      scores.push_back(InnerProduct(query.data(), row, query.size()));
    }
    right += truth.Right(q, options.top_k, scores);
    figures.cost.push_back(result.stats.recomputed);
    figures.rounds.push_back(result.stats.rounds);
    figures.plan_us.push_back(static_cast<double>(result.stats.plan_us));
    if (observer) observer(q, source.fetched());
  }
  figures.recall =
      static_cast<double>(right) / (static_cast<double>(queries.size()) * options.top_k);
  return figures;
}

}  // namespace seekd::bench
