// Chooses the plan of one search from the strategy asked for, the calibration
// and the filter (docs/search.md, "Which plan runs").
#ifndef SEEKD_CORE_SEARCH_MAKE_PLAN_H_
#define SEEKD_CORE_SEARCH_MAKE_PLAN_H_

#include <memory>
#include <span>

#include "core/search/plan.h"
#include "core/search/search_index.h"
#include "core/search/search_options.h"

namespace seekd {

struct PlannedSearch {
  std::unique_ptr<Plan> plan;
  Strategy strategy = Strategy::kFrugal;  // what will run
};

// Runs the beam or the scan. The plan borrows what `index` points to. REQUIRES:
// graph, codes and nodes of equal node counts, query.size() == the codes' dim.
PlannedSearch MakePlan(const SearchIndex& index, std::span<const float> query,
                       const SearchOptions& options);

}  // namespace seekd

#endif  // SEEKD_CORE_SEARCH_MAKE_PLAN_H_
