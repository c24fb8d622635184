// seekd-bench calibration: whether recall targets are kept, and at what price.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/metrics.h"
#include "core/base/status_macros.h"
#include "core/search/stop_rule.h"
#include "tests/bench/seekd_bench/bench_index.h"
#include "tests/bench/seekd_bench/commands.h"
#include "tests/bench/seekd_bench/fixed_curve.h"
#include "tests/bench/seekd_bench/measure.h"

namespace seekd::bench {
namespace {

using client::Mean;
using client::Percentile;

struct Calibrated {
  std::shared_ptr<const Generation> generation;
  StopCalibration calibration;
  SearchIndex View() const {
    SearchIndex index = ViewOf(*generation);
    index.calibration = &calibration;
    return index;
  }
};

absl::StatusOr<Calibrated> Prepare(const CalibrationOptions& options,
                                   const Embeddings& embeddings) {
  Calibrated made;
  ABSL_ASSIGN_OR_RETURN(made.generation, OpenOrBuild(options.input, embeddings));
  made.calibration = made.generation->manifest().calibration;
  if (!options.refit) return made;
  ABSL_ASSIGN_OR_RETURN(made.calibration, Fit(made.generation->graph(), made.generation->codes(),
                                              embeddings, options.top_k));
  return made;
}

// With and without graph evidence.
absl::StatusOr<std::vector<NamedCurve>> FixedCurves(const Calibrated& made,
                                                    const Embeddings& embeddings,
                                                    const Truth& truth, uint32_t k) {
  std::vector<NamedCurve> curves;
  const float link_bonus = made.calibration.For(k, 0.90F).rule.link_bonus;
  for (const float bonus : {0.0F, link_bonus}) {
    for (const FixedSetting& setting : FixedSettings(k, bonus)) {
      ABSL_ASSIGN_OR_RETURN(FixedCurve curve,
                            MeasureFixed(made.View(), embeddings, truth, setting));
      curves.push_back(
          {absl::StrCat(setting.Name(), bonus > 0 ? ", graph evidence" : ""), std::move(curve)});
    }
  }
  return curves;
}

absl::Status MeasureTargets(const Calibrated& made, const Embeddings& embeddings,
                            const Truth& truth, uint32_t k, const std::vector<float>& targets,
                            Report* report) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<NamedCurve> curves,
                        FixedCurves(made, embeddings, truth, k));
  for (const float target : targets) {
    SearchOptions options;
    options.top_k = k;
    options.recall_target = target;
    ABSL_ASSIGN_OR_RETURN(const Figures figures,
                          MeasureSearch(made.View(), embeddings, truth, options));
    const Cheapest fixed = CheapestAt(curves, figures.recall);
    const double cost = Mean(figures.cost);
    report->Row({static_cast<double>(k), target, figures.recall, figures.recall - target, cost,
                 Percentile(figures.cost, 50), Percentile(figures.cost, 95), fixed.name, fixed.cost,
                 cost / fixed.cost});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Calibration(const CalibrationOptions& options, Report* report) {
  ABSL_ASSIGN_OR_RETURN(const Embeddings embeddings, Open(options.input, report));
  const uint32_t most = *std::max_element(options.top_k.begin(), options.top_k.end());
  ABSL_ASSIGN_OR_RETURN(const Truth truth, Truth::Of(embeddings, most));
  ABSL_ASSIGN_OR_RETURN(const Calibrated made, Prepare(options, embeddings));
  report->BeginTable("calibration", "Recall targets on unseen queries",
                     {{"k", "k"},
                      {"target", "target", 2},
                      {"recall", "recall", 3},
                      {"over", "recall - target", 3},
                      {"cost_mean", "cost mean", 1},
                      {"cost_p50", "p50"},
                      {"cost_p95", "p95"},
                      {"fixed", "cheapest fixed setting of that recall"},
                      {"fixed_cost", "its cost"},
                      {"ratio", "ratio", 2}});
  for (const uint32_t k : options.top_k) {
    ABSL_RETURN_IF_ERROR(MeasureTargets(made, embeddings, truth, k, options.targets, report));
  }
  return absl::OkStatus();
}

}  // namespace seekd::bench
