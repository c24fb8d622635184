// The best k rows of those offered.
#ifndef SEEKD_TESTS_BENCH_SEEKD_BENCH_BEST_ROWS_H_
#define SEEKD_TESTS_BENCH_SEEKD_BENCH_BEST_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace seekd::bench {

class BestRows {
 public:
  // REQUIRES: k > 0.
  explicit BestRows(size_t k) : k_(k) {}

  void Offer(float score, uint32_t row) {
    const std::pair<float, uint32_t> offered(score, row);
    if (heap_.size() == k_) {
      if (offered <= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.pop_back();
    }
    heap_.push_back(offered);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  // Best first.
  std::vector<uint32_t> Take() {
    std::sort(heap_.begin(), heap_.end(), std::greater<>());
    std::vector<uint32_t> rows;
    for (const auto& [score, row] : heap_) rows.push_back(row);
    heap_.clear();
    return rows;
  }

 private:
  const size_t k_;
  std::vector<std::pair<float, uint32_t>> heap_;  // the lowest on top
};

}  // namespace seekd::bench

#endif  // SEEKD_TESTS_BENCH_SEEKD_BENCH_BEST_ROWS_H_
