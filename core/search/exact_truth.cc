#include "core/search/exact_truth.h"

#include <algorithm>
#include <functional>

#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"

namespace seekd {
namespace {

// Rows that stay in the second-level cache while every query passes over them.
constexpr uint32_t kBlockRows = 256;

// The k highest scores offered; the lowest of them on top.
class BestScores {
 public:
  void Offer(float score, size_t k) {
    if (heap_.size() == k) {
      if (score <= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.pop_back();
    }
    heap_.push_back(score);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  const std::vector<float>& scores() const { return heap_; }

 private:
  std::vector<float> heap_;
};

void ScoreBlock(const VectorSet& vectors, const VectorSet& queries,
                std::span<const NodeId> left_out, uint32_t first, uint32_t end, uint32_t k,
                std::vector<BestScores>* best) {
  for (uint32_t q = 0; q < queries.size(); ++q) {
    const uint64_t skip = left_out.empty() ? vectors.size() : left_out[q].value;
    for (uint32_t i = first; i < end; ++i) {
      if (i == skip) continue;
      (*best)[q].Offer(InnerProduct(queries.row(q), vectors.row(i), vectors.dim), k);
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<std::vector<float>>> TopScores(const VectorSet& vectors,
                                                          const VectorSet& queries,
                                                          std::span<const NodeId> left_out,
                                                          uint32_t k, uint32_t threads,
                                                          const CancellationPtr& cancellation) {
  const uint32_t workers = ThreadCount(threads);
  std::vector<std::vector<BestScores>> best(workers, std::vector<BestScores>(queries.size()));
  ABSL_RETURN_IF_ERROR(ParallelFor(vectors.size(), {workers, kBlockRows, cancellation, {}},
                                   [&](uint32_t worker, uint64_t begin, uint64_t end) {
                                     ScoreBlock(vectors, queries, left_out,
                                                static_cast<uint32_t>(begin),
                                                static_cast<uint32_t>(end), k, &best[worker]);
                                   }));
  std::vector<std::vector<float>> top;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    for (uint32_t worker = 1; worker < workers; ++worker) {
      for (const float score : best[worker][q].scores()) best[0][q].Offer(score, k);
    }
    top.push_back(best[0][q].scores());
    std::sort(top.back().begin(), top.back().end(), std::greater<>());
  }
  return top;
}

}  // namespace seekd
