#include "core/text/cut_plan.h"

#include <algorithm>
#include <limits>

namespace seekd {
namespace {

// Costs are in units of "a chunk of no size at all". Measured on 48,000 pages of
// technical Markdown; see docs/text.md.
constexpr float kCostPerChunk = 0.35f;  // every chunk costs bytes in the index
constexpr float kCostTooSmall = 1.0f;   // times (missing share of the target) squared
constexpr float kCostTooLarge = 0.6f;   // times (share of the way to the limit) squared

float CutCost(Border border) {
  switch (border) {
    case Border::kHeading:
      return 0.0f;
    case Border::kParagraph:
      return 0.04f;
    case Border::kSentenceLine:
      return 0.08f;
    case Border::kLine:
      return 0.14f;
    case Border::kSentence:
      return 0.12f;
    case Border::kAfterHeading:
      return 0.6f;
    case Border::kWord:
      return 0.5f;
    case Border::kPunctuation:
      return 0.7f;
    case Border::kInsideWord:
      return 0.0f;  // always cut
  }
  return 0.0f;
}

// Of a heading in the middle of a chunk.
float StraddleCost(const TextUnit& unit) {
  if (unit.border != Border::kHeading) return 0.0f;
  return unit.level == 1 ? 0.25f : unit.level == 2 ? 0.15f : 0.08f;
}

float SizeCost(uint32_t tokens, const CutLimits& limits) {
  const auto size = static_cast<float>(tokens);
  const auto target = static_cast<float>(limits.target_tokens);
  if (tokens <= limits.target_tokens) {
    const float missing = (target - size) / target;
    return kCostTooSmall * missing * missing;
  }
  const float excess =
      (size - target) / static_cast<float>(limits.max_tokens - limits.target_tokens);
  return kCostTooLarge * excess * excess;
}

}  // namespace

std::vector<size_t> PlanCuts(const std::vector<TextUnit>& units,
                             const std::vector<uint32_t>& context_tokens, const CutLimits& limits) {
  std::vector<float> size_costs(limits.max_tokens + 1);
  for (uint32_t t = 0; t <= limits.max_tokens; ++t) size_costs[t] = SizeCost(t, limits);

  // best[i]: cheapest partition of the units before i; from[i]: its last chunk's first unit.
  std::vector<double> best(units.size() + 1, std::numeric_limits<double>::infinity());
  std::vector<size_t> from(units.size() + 1, 0);
  best[0] = 0;
  for (size_t begin = 0; begin < units.size(); ++begin) {
    uint32_t tokens = context_tokens[begin];
    double cost = best[begin] + kCostPerChunk + (begin == 0 ? 0.0f : CutCost(units[begin].border));
    for (size_t end = begin; end < units.size(); ++end) {
      const TextUnit& unit = units[end];
      tokens += unit.weight;
      if (tokens > limits.max_tokens) break;
      if (end > begin) {
        if (unit.border == Border::kInsideWord) break;
        cost += StraddleCost(unit);
      }
      const double total = cost + size_costs[tokens];
      if (total < best[end + 1]) {
        best[end + 1] = total;
        from[end + 1] = begin;
      }
    }
  }

  std::vector<size_t> cuts;
  for (size_t end = units.size(); end > 0; end = from[end]) cuts.push_back(from[end]);
  std::reverse(cuts.begin(), cuts.end());
  return cuts;
}

}  // namespace seekd
