// Where to cut a document's units into chunks: the cheapest partition under a cost
// of size and place, found by dynamic programming over the units. Pure.
#ifndef SEEKD_CORE_TEXT_CUT_PLAN_H_
#define SEEKD_CORE_TEXT_CUT_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/text/chunk_units.h"

namespace seekd {

struct CutLimits {
  uint32_t target_tokens = 0;
  uint32_t max_tokens = 0;
};

// Index of the first unit of every chunk, ascending from 0; empty for no
// units. `context_tokens[i]` is what a chunk that begins at unit i carries beside its
// units. REQUIRES: context_tokens[i] + units[i].weight <= max_tokens.
// Time: units times the units of max_tokens.
std::vector<size_t> PlanCuts(const std::vector<TextUnit>& units,
                             const std::vector<uint32_t>& context_tokens, const CutLimits& limits);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_CUT_PLAN_H_
