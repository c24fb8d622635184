// Reads folders and writes files of pairs.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_MAKE_PAIRS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_MAKE_PAIRS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "embedding_service/train/document_pairs.h"

namespace seekd::train {

struct MakePairsOptions {
  std::string text_folder;        // of files that the daemon can read; or
  std::string collection_folder;  // a test collection: LoadTestCollection
  std::string out;                // file
  bool titles = true;             // of a test collection: give pairs too
  uint64_t max_pairs = 0;         // drawn from all; 0: all
  uint64_t seed = 1;
  DocumentPairOptions documents;
};

// Writes the pairs of one folder, equal ones once, in random order, and returns their number.
// Of a test collection: query and relevant document, title and text. Files that cannot be read are
// left out. The folder, the options and the seed determine the file. Errors: INVALID_ARGUMENT (not
// exactly one folder; no pair), those of the files.
absl::StatusOr<uint64_t> MakePairs(const MakePairsOptions& options);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_MAKE_PAIRS_H_
