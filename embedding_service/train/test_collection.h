// Retrieval test collections in the layout of BEIR (Thakur et al. 2021), but for qrels.tsv, which
// has no header: query id, tab, document id, tab, gain.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TEST_COLLECTION_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TEST_COLLECTION_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd::train {

struct TestDocument {
  std::string title;  // may be empty
  std::string text;
  std::string TitleAndText() const { return title.empty() ? text : title + "\n" + text; }
};

struct TestQuery {
  std::string text;
  std::unordered_map<uint32_t, double> gains;  // by document number; > 0
};

struct TestCollection {
  std::vector<TestDocument> documents;
  std::vector<TestQuery> queries;  // those with a relevant document, in the file's order
};

// Reads corpus.jsonl ("_id", "title", "text"), queries.jsonl ("_id", "text") and qrels.tsv of the
// folder. Of lines with the same id the first counts; a header line of qrels.tsv ("query-id ...")
// is skipped. Errors: NOT_FOUND, DATA_LOSS (path, line, what was expected; an id of nothing).
absl::StatusOr<TestCollection> LoadTestCollection(const std::string& dir);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TEST_COLLECTION_H_
