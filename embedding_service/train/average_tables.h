// The mean of static models that were trained from the same one: what each run has learned by
// chance goes, what they share stays (Wortsman et al. 2022, "model soups").
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_AVERAGE_TABLES_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_AVERAGE_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace seekd::train {

// Writes the mean of the tables of `models`, folders with equal tokenizers, as a model folder.
// Errors: those of ReadTable, INVALID_ARGUMENT (no model; other sizes or another tokenizer).
absl::Status AverageTables(const std::vector<std::string>& models, const std::string& out);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_AVERAGE_TABLES_H_
