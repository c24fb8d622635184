#include "embedding_service/train/ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace seekd::train {
namespace {

double Discounted(double gain, size_t rank) {
  return gain / std::log2(static_cast<double>(rank) + 2);
}

}  // namespace

double Ndcg(std::span<const float> scores, const std::unordered_map<uint32_t, double>& gains,
            size_t cutoff) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto depth = static_cast<ptrdiff_t>(std::min(cutoff, order.size()));
  std::partial_sort(order.begin(), order.begin() + depth, order.end(), [&](uint32_t a, uint32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  double found = 0;
  for (size_t rank = 0; rank < static_cast<size_t>(depth); ++rank) {
    const auto gain = gains.find(order[rank]);
    if (gain != gains.end()) found += Discounted(gain->second, rank);
  }
  std::vector<double> best;
  for (const auto& [document, gain] : gains) best.push_back(gain);
  std::ranges::sort(best, std::greater<>());
  double ideal = 0;
  for (size_t rank = 0; rank < std::min(best.size(), cutoff); ++rank) {
    ideal += Discounted(best[rank], rank);
  }
  return ideal == 0 ? 0 : found / ideal;
}

std::vector<float> ZScores(std::span<const float> scores) {
  const auto count = static_cast<double>(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
  double squares = 0;
  for (const float score : scores) squares += (score - mean) * (score - mean);
  const double deviation = std::sqrt(squares / count);
  std::vector<float> z(scores.size(), 0.0F);
  if (deviation == 0) return z;
  for (size_t i = 0; i < z.size(); ++i) {
    z[i] = static_cast<float>((scores[i] - mean) / deviation);
  }
  return z;
}

}  // namespace seekd::train
