#include "client/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <set>

namespace seekd::client {
namespace {

constexpr double kTieTolerance = 1e-6;

double GainOf(const Judgements& judged, const std::string& document) {
  const auto found = judged.find(document);
  return found == judged.end() ? 0.0 : std::max(0.0, found->second);
}

double Discounted(double gain, size_t rank_from_zero) {
  return gain / std::log2(static_cast<double>(rank_from_zero) + 2.0);
}

double IdealDcg(const Judgements& judged, size_t depth) {
  std::vector<double> gains;
  for (const auto& [document, gain] : judged) gains.push_back(std::max(0.0, gain));
  std::sort(gains.begin(), gains.end(), std::greater<>());
  double sum = 0;
  for (size_t i = 0; i < std::min(depth, gains.size()); ++i) sum += Discounted(gains[i], i);
  return sum;
}

}  // namespace

double NormalizedDcg(std::span<const std::string> ranked, const Judgements& judged, size_t depth) {
  const double ideal = IdealDcg(judged, depth);
  if (ideal <= 0) return 0;
  double sum = 0;
  for (size_t i = 0; i < std::min(depth, ranked.size()); ++i) {
    sum += Discounted(GainOf(judged, ranked[i]), i);
  }
  return sum / ideal;
}

double RecallAt(std::span<const std::string> ranked, const Judgements& judged, size_t depth) {
  const auto relevant = std::count_if(judged.begin(), judged.end(),
                                      [](const auto& entry) { return entry.second > 0; });
  if (relevant == 0) return 0;
  const std::set<std::string> shown(ranked.begin(),
                                    ranked.begin() + std::min(depth, ranked.size()));
  const auto found = std::count_if(shown.begin(), shown.end(), [&](const std::string& document) {
    return GainOf(judged, document) > 0;
  });
  return static_cast<double>(found) / static_cast<double>(relevant);
}

bool HitAtOne(std::span<const std::string> ranked, const Judgements& judged) {
  return !ranked.empty() && GainOf(judged, ranked.front()) > 0;
}

bool HasRelevant(const Judgements& judged) {
  return std::any_of(judged.begin(), judged.end(),
                     [](const auto& entry) { return entry.second > 0; });
}

double ChunkRecall(std::span<const RankedChunk> returned, std::span<const RankedChunk> truth) {
  if (truth.empty()) return 1;
  std::set<int64_t> best;
  double threshold = std::numeric_limits<double>::infinity();
  for (const RankedChunk& chunk : truth) {
    best.insert(chunk.id);
    threshold = std::min(threshold, static_cast<double>(chunk.score) - kTieTolerance);
  }
  const auto right = std::count_if(returned.begin(), returned.end(), [&](const RankedChunk& chunk) {
    return best.contains(chunk.id) || static_cast<double>(chunk.score) >= threshold;
  });
  const double counted = std::min<double>(static_cast<double>(right), truth.size());
  return counted / static_cast<double>(truth.size());
}

double Mean(std::span<const double> values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Percentile(std::vector<double> values, double percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(percent / 100.0 * static_cast<double>(values.size()));
  return values[std::clamp<size_t>(static_cast<size_t>(rank), 1, values.size()) - 1];
}

}  // namespace seekd::client
