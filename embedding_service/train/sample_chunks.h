// Chunks to train on, out of folders of text: read and cut as the daemon does it.
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_SAMPLE_CHUNKS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_SAMPLE_CHUNKS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"

namespace seekd::train {

// What is embedded for at most `count` chunks of the files below `folder`: those whose content
// has the smallest digests. That is an even sample, without repetitions, that depends on
// nothing but what the files say. Files that cannot be indexed are left out. Errors:
// those of ScanFolder.
absl::StatusOr<std::vector<std::string>> SampleChunks(const std::string& folder, size_t count,
                                                      const Tokenizer& tokenizer,
                                                      const std::string& passage_prefix);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_SAMPLE_CHUNKS_H_
