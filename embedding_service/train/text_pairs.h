// What contrastive training learns from: a text somebody might ask with, and a passage that
// answers it. A file of pairs has one JSON object a line: {"query": "...", "passage": "..."}.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TEXT_PAIRS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TEXT_PAIRS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd::train {

struct TextPair {
  std::string query;
  std::string passage;
};

// Calls `visit` for each pair of the file, in order. Errors: NOT_FOUND, DATA_LOSS (path, line and
// what was expected there).
absl::Status ForEachPair(const std::string& path, const std::function<void(TextPair)>& visit);

// Replaces the file. Text that is not UTF-8 is repaired.
absl::Status WritePairs(const std::string& path, const std::vector<TextPair>& pairs);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TEXT_PAIRS_H_
