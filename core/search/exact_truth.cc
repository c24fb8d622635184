#include "core/search/exact_truth.h"

#include <algorithm>
#include <functional>

#include "core/base/parallel_for.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "core/vector/row_source.h"

namespace seekd {

// The k highest scores offered; the lowest of them on top.
class TopScoresPass::BestScores {
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

TopScoresPass::TopScoresPass(const VectorSet& queries, std::span<const NodeId> left_out, uint32_t k,
                             uint32_t threads)
    : queries_(queries),
      left_out_(left_out),
      k_(k),
      best_(ThreadCount(threads), std::vector<BestScores>(queries.size())) {}

TopScoresPass::~TopScoresPass() = default;

void TopScoresPass::Visit(uint32_t worker, uint32_t first, const VectorSet& block) {
  for (uint32_t q = 0; q < queries_.size(); ++q) {
    const uint64_t skip = left_out_.empty() ? UINT64_MAX : left_out_[q].value;
    for (uint32_t i = 0; i < block.size(); ++i) {
      if (uint64_t{first} + i == skip) continue;
      best_[worker][q].Offer(InnerProduct(queries_.row(q), block.row(i), block.dim), k_);
    }
  }
}

std::vector<std::vector<float>> TopScoresPass::Take() {
  std::vector<std::vector<float>> top;
  for (uint32_t q = 0; q < queries_.size(); ++q) {
    for (size_t worker = 1; worker < best_.size(); ++worker) {
      for (const float score : best_[worker][q].scores()) best_[0][q].Offer(score, k_);
    }
    top.push_back(best_[0][q].scores());
    std::sort(top.back().begin(), top.back().end(), std::greater<>());
  }
  return top;
}

absl::StatusOr<std::vector<std::vector<float>>> TopScores(const VectorSet& vectors,
                                                          const VectorSet& queries,
                                                          std::span<const NodeId> left_out,
                                                          uint32_t k, uint32_t threads,
                                                          const CancellationPtr& cancellation) {
  TopScoresPass pass(queries, left_out, k, threads);
  const auto visit = [&pass](uint32_t worker, uint32_t first, const VectorSet& block) {
    pass.Visit(worker, first, block);
  };
  ABSL_RETURN_IF_ERROR(ForEachBlock(VectorRows(&vectors), {threads, 1, cancellation, {}}, visit));
  return pass.Take();
}

}  // namespace seekd
