// Trains the codebooks that ship with a model (docs/formats/codebooks.md).
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_CODEBOOKS_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_CODEBOOKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace seekd::train {

struct CodebookOptions {
  std::string model_dir;             // empty: the one installed with the program
  std::vector<std::string> folders;  // of text
  uint64_t rows = 25'000;            // chunks of each folder, at most
  // Four stages and the scale among them. Denser where 5 % of a text leaves room for.
  std::vector<uint32_t> code_bytes = {8, 12, 17, 22, 27, 32, 38, 45, 54, 64, 96};
  uint32_t stages = 4;
  std::string out;  // file
};

// Writes codebooks.bin, a function of model, text and options (up to how a CPU rounds), and says on
// stdout what it was trained on.
absl::Status TrainCodebooksOfModel(const CodebookOptions& options);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_TRAIN_CODEBOOKS_H_
