#include "core/search/make_plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/search/brute_plan.h"
#include "core/search/candidates.h"
#include "core/search/confirm_plan.h"
#include "core/search/exact_plan.h"
#include "core/search/refine_plan.h"
#include "core/search/two_level_plan.h"

namespace seekd {
namespace {

// A filter that leaves fewer nodes than this, or than this share of all, is
// searched by scoring just the nodes it leaves.
constexpr uint64_t kNarrowNodes = 20'000;
constexpr uint64_t kNarrowShare = 20;  // 1 / 20
// What one expansion of the beam costs in codes scanned one after the other.
constexpr uint64_t kCodesPerExpansion = 100;
// Insertion into the frontier is linear in its width: no filter widens it further.
constexpr uint64_t kMaxWidenedBeam = 8'000;
// Share of the approximate queue that `two_level` recomputes. With some seven edges per
// node less than a seventh starves the search, and more costs more for the
// same recall (docs/search.md).
constexpr float kRerankRatio = 0.20F;
// Candidates kept per hit asked for.
constexpr uint64_t kCandidatesPerHit = 4;

struct Widths {
  uint64_t plain = 1;    // candidates wanted
  uint64_t widened = 1;  // candidates to gather so that about `plain` pass the filter
};

double AllowedShare(const SearchIndex& index) {
  if (index.filter == nullptr || index.nodes->node_count() == 0) return 1;
  const double nodes = index.nodes->node_count();
  const ChunkFilter& filter = *index.filter;
  double allowed = filter.allowed == nullptr ? nodes : static_cast<double>(filter.allowed->size());
  allowed = std::min(allowed, nodes);
  if (filter.denied != nullptr) allowed -= static_cast<double>(filter.denied->size());
  return std::max(allowed, 1.0) / nodes;
}

Widths ChooseWidths(const SearchIndex& index, const SearchOptions& options, uint32_t calibrated) {
  const uint64_t nodes = std::max(index.graph->node_count(), 1U);
  Widths widths;
  widths.plain = options.beam_width != 0 ? options.beam_width : calibrated;
  widths.plain = std::clamp(std::max<uint64_t>(widths.plain, options.top_k * kCandidatesPerHit),
                            uint64_t{1}, nodes);
  widths.widened = static_cast<uint64_t>(static_cast<double>(widths.plain) / AllowedShare(index));
  widths.widened = std::clamp(widths.widened, widths.plain, nodes);
  return widths;
}

bool FilterIsNarrow(const SearchIndex& index) {
  if (index.filter == nullptr || index.filter->allowed == nullptr) return false;
  return index.filter->allowed->size() <
         std::max<uint64_t>(kNarrowNodes, index.nodes->node_count() / kNarrowShare);
}

std::vector<NodeId> AllowedNodes(const SearchIndex& index) {
  std::vector<NodeId> nodes;
  for (const ChunkId chunk : index.filter->allowed->ToVector()) {
    if (!index.filter->Allows(chunk)) continue;
    if (const auto node = index.nodes->Find(chunk)) nodes.push_back(*node);
  }
  return nodes;
}

// True when the filter makes the beam so wide that a scan is cheaper.
bool ScanIsCheaper(const SearchIndex& index, const Widths& widths) {
  return widths.widened >= 2 * widths.plain &&
         widths.widened * kCodesPerExpansion >= index.graph->node_count();
}

enum class Candidates { kWalk, kScanAll, kScanAllowed };

Candidates ChooseFirstStage(const SearchIndex& index, const SearchOptions& options,
                            bool scan_calibrated, const Widths& widths) {
  if (options.first_stage == FirstStage::kBeam) return Candidates::kWalk;
  if (FilterIsNarrow(index)) return Candidates::kScanAllowed;
  const bool scan = options.strategy == Strategy::kFlat ||
                    options.first_stage == FirstStage::kScan || scan_calibrated ||
                    !index.graph->has_links() || ScanIsCheaper(index, widths);
  return scan ? Candidates::kScanAll : Candidates::kWalk;
}

PlannedSearch MakeRefinePlan(const SearchIndex& index, std::span<const float> query,
                             const SearchOptions& options) {
  const StopCalibration::Entry entry =
      index.calibration != nullptr ? index.calibration->For(options.top_k, options.recall_target)
                                   : StopCalibration::Entry{};
  const Widths widths = ChooseWidths(index, options, entry.beam_width);
  auto scorer = std::make_shared<CodeScorer>(index.codes, query);
  std::vector<ScoredNode> ranked;
  uint64_t expanded = 0;
  Strategy strategy = Strategy::kFlat;
  switch (ChooseFirstStage(index, options, entry.scan, widths)) {
    case Candidates::kScanAllowed:
      ranked = scorer->ScanNodes(AllowedNodes(index), widths.plain);
      break;
    case Candidates::kScanAll:
      ranked = scorer->ScanAll(widths.widened);
      break;
    case Candidates::kWalk: {
      const uint64_t width = std::max(widths.plain, std::min(widths.widened, kMaxWidenedBeam));
      ranked = GatherByBeam(*index.graph, width, scorer.get(), &expanded);
      strategy = Strategy::kFrugal;
      break;
    }
  }
  return {
      MakeRefinement(index.graph, std::move(scorer), NodeFilter{index.nodes, index.filter},
                     entry.rule, options.top_k, options.exact_scores, std::move(ranked), expanded),
      strategy};
}

// The calibration fits the default strategy only; these are rules of thumb for
// the ablation.
uint32_t ChooseEf(const SearchOptions& options) {
  if (options.beam_width != 0) return options.beam_width;
  const uint32_t ef = options.recall_target <= 0.80F   ? 96
                      : options.recall_target <= 0.90F ? 256
                      : options.recall_target <= 0.95F ? 512
                                                       : 1024;
  return std::max(ef, 2 * options.top_k);
}

}  // namespace

std::unique_ptr<Plan> MakeRefinement(const GraphView* graph, std::shared_ptr<CodeScorer> scorer,
                                     NodeFilter filter, const StopRule& rule, uint32_t k,
                                     bool exact_scores, std::vector<ScoredNode> ranked,
                                     uint64_t expanded) {
  if (rule.trust_codes) {
    return std::make_unique<ConfirmPlan>(std::move(scorer), filter, rule, k, exact_scores, ranked,
                                         expanded);
  }
  return std::make_unique<RefinePlan>(graph, std::move(scorer), filter, rule, k, std::move(ranked),
                                      expanded);
}

PlannedSearch MakePlan(const SearchIndex& index, std::span<const float> query,
                       const SearchOptions& options) {
  if (index.graph == nullptr) {
    return {std::make_unique<BrutePlan>(0, NodeFilter{}), options.strategy};
  }
  switch (options.strategy) {
    case Strategy::kBrute:
      return {std::make_unique<BrutePlan>(index.graph->node_count(),
                                          NodeFilter{index.nodes, index.filter}),
              Strategy::kBrute};
    case Strategy::kExact:
      return {std::make_unique<ExactPlan>(index.graph, ChooseEf(options)), Strategy::kExact};
    case Strategy::kTwoLevel: {
      const float ratio = options.rerank_ratio != 0 ? options.rerank_ratio : kRerankRatio;
      return {std::make_unique<TwoLevelPlan>(index.graph,
                                             std::make_shared<CodeScorer>(index.codes, query),
                                             options.top_k, ChooseEf(options), ratio),
              Strategy::kTwoLevel};
    }
    case Strategy::kFrugal:
    case Strategy::kFlat:
      break;
  }
  return MakeRefinePlan(index, query, options);
}

}  // namespace seekd
