#include "tests/bench/seekd_bench/fixed_curve.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/vector/distance.h"
#include "tests/bench/seekd_bench/report.h"

namespace seekd::bench {
namespace {

// Never stops by itself.
StopCalibration Endless(const FixedSetting& setting) {
  StopCalibration calibration;
  StopCalibration::Entry entry;
  entry.k = setting.top_k;
  entry.rule.margin = 1e9F;
  entry.rule.patience = std::numeric_limits<uint32_t>::max();
  entry.rule.link_bonus = setting.link_bonus;
  entry.beam_width = setting.beam_width;
  calibration.entries.push_back(entry);
  return calibration;
}

}  // namespace

double FixedCurve::CostAt(double recall_wanted) const {
  const auto at = std::find_if(recall.begin(), recall.end(),
                               [&](double reached) { return reached >= recall_wanted; });
  return at == recall.end() ? kNothing : static_cast<double>(at - recall.begin());
}

FixedCurve CurveOf(const std::vector<uint64_t>& found, uint64_t all) {
  FixedCurve curve;
  uint64_t sum = 0;
  for (const uint64_t hits : found) {
    sum += hits;
    curve.recall.push_back(static_cast<double>(sum) / static_cast<double>(all));
  }
  return curve;
}

std::string FixedSetting::Name() const {
  if (strategy == Strategy::kFlat) return "scan";
  return absl::StrCat("beam ", beam_width);
}

absl::StatusOr<FixedCurve> MeasureFixed(const SearchIndex& index, const Embeddings& embeddings,
                                        const Truth& truth, const FixedSetting& setting) {
  const StopCalibration calibration = Endless(setting);
  SearchIndex endless = index;
  endless.calibration = &calibration;
  SearchOptions options;
  options.strategy = setting.strategy;
  options.top_k = setting.top_k;
  options.beam_width = setting.beam_width;
  options.max_recomputed = setting.max_rows;

  std::vector<uint64_t> found(setting.max_rows + 1, 0);  // by the c-th row, all queries
  const auto count = [&](uint32_t q, std::span<const uint32_t> rows) {
    const float* query = embeddings.queries.row(q);
    const float threshold = truth.Threshold(q, setting.top_k);
    uint32_t right = 0;
    for (size_t i = 0; i < rows.size() && right < setting.top_k; ++i) {
      const float* row = embeddings.base.row(rows[i]);
      if (InnerProduct(query, row, embeddings.base.dim) < threshold) continue;
      ++right;
      ++found[i + 1];
    }
  };
  ABSL_RETURN_IF_ERROR(MeasureSearch(endless, embeddings, truth, options, count).status());
  return CurveOf(found, uint64_t{embeddings.queries.size()} * setting.top_k);
}

std::vector<FixedSetting> FixedSettings(uint32_t top_k, float link_bonus) {
  std::vector<FixedSetting> settings;
  for (const uint32_t width : {300U, 1000U, 4000U}) {
    settings.push_back({.beam_width = width, .top_k = top_k, .link_bonus = link_bonus});
  }
  settings.push_back(
      {.strategy = Strategy::kFlat, .beam_width = 4000, .top_k = top_k, .link_bonus = link_bonus});
  return settings;
}

Cheapest CheapestAt(const std::vector<NamedCurve>& curves, double recall) {
  Cheapest best{"none", kNothing};
  for (const NamedCurve& named : curves) {
    const double cost = named.curve.CostAt(recall);
    if (std::isnan(cost) || (!std::isnan(best.cost) && best.cost <= cost)) continue;
    best = {named.name, cost};
  }
  return best;
}

}  // namespace seekd::bench
