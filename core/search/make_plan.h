// Chooses the plan of one search from the strategy asked for, the calibration
// and the filter (docs/search.md, "Which plan runs").
#ifndef SEEKD_CORE_SEARCH_MAKE_PLAN_H_
#define SEEKD_CORE_SEARCH_MAKE_PLAN_H_

#include <memory>
#include <span>
#include <vector>

#include "core/search/code_scorer.h"
#include "core/search/plan.h"
#include "core/search/scored_node.h"
#include "core/search/search_index.h"
#include "core/search/search_options.h"

namespace seekd {

struct PlannedSearch {
  std::unique_ptr<Plan> plan;
  Strategy strategy = Strategy::kFrugal;  // what will run
};

// The second stage over candidates that were `ranked` by code distance, ascending: the
// rule says which. `graph` outlives it. `expanded`: adjacency lists read before.
std::unique_ptr<Plan> MakeRefinement(const GraphView* graph, std::shared_ptr<CodeScorer> scorer,
                                     NodeFilter filter, const StopRule& rule, uint32_t k,
                                     bool exact_scores, std::vector<ScoredNode> ranked,
                                     uint64_t expanded);

// Runs the beam or the scan. The plan borrows what `index` points to. REQUIRES:
// graph, codes and nodes of equal node counts, query.size() == the codes' dim.
PlannedSearch MakePlan(const SearchIndex& index, std::span<const float> query,
                       const SearchOptions& options);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_MAKE_PLAN_H_
