// What a model finds in a test collection: alone, beside BM25 and together with it.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_JUDGE_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_JUDGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd::train {

struct JudgeOptions {
  std::string model_dir;                 // "": the one installed with the program
  std::vector<std::string> collections;  // folders, see LoadTestCollection
  uint32_t document_tokens = 256;        // what is beyond is not encoded; BM25 reads all
  uint64_t queries = 1000;               // the first so many; 0: all
  uint32_t dim = 0;                      // of the rows, the first so many components; 0: all
  int threads = 1;
};

// Means over the queries, nDCG@10.
struct Judgement {
  std::string collection;  // the folder's name
  uint64_t queries = 0;
  double model = 0;
  double bm25 = 0;
  double sum = 0;  // of the z-scores of both
};

// Errors: those of LoadModel and LoadTestCollection, INVALID_ARGUMENT (a collection without
// queries; more components than the model has).
absl::StatusOr<std::vector<Judgement>> JudgeModel(const JudgeOptions& options);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_JUDGE_H_
