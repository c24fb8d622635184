// The options that say how to search, shared by search, like, eval and recall.
#ifndef SEEKD_CLIENT_SEARCH_OPTIONS_H_
#define SEEKD_CLIENT_SEARCH_OPTIONS_H_

#include "CLI/CLI.hpp"
#include "seekd/v1/search.pb.h"

namespace seekd::client {

struct SearchFlags {
  v1::Strategy strategy = v1::STRATEGY_UNSPECIFIED;
  float recall_target = 0;  // 0: the daemon's default
  bool no_cache = false;
  bool exact_scores = false;
  // For measurements; 0: the daemon's default.
  v1::FirstStage first_stage = v1::FIRST_STAGE_UNSPECIFIED;
  float rerank_ratio = 0;
  int beam_width = 0;
  int batch_rows = 0;

  void Apply(v1::SearchRequest* request) const;
};

// --strategy, --recall, --no-cache, --exact-scores and the options for measurements. `flags`
// outlives the parsing.
void AddSearchFlags(CLI::App* command, SearchFlags* flags);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_SEARCH_OPTIONS_H_
