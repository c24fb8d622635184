// Writes and reads the files of a model folder (docs/encoders.md).
#ifndef SEEKD_EMBEDDING_SERVICE_TRAIN_MODEL_FILES_H_
#define SEEKD_EMBEDDING_SERVICE_TRAIN_MODEL_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd::train {

struct NamedTensor {
  std::string name;
  std::vector<uint64_t> shape;  // row-major
  std::vector<float> values;    // product(shape)
};

// Replaces a file that all users of the machine may read.
absl::Status WriteModelFile(const std::string& path, std::string_view content);

// Replaces model.safetensors of the folder `dir`; values are rounded to fp16. OUT_OF_RANGE: one
// that is not finite in fp16 (which tensor).
absl::Status WriteHalfWeights(const std::string& dir, const std::vector<NamedTensor>& tensors);

// Copies tokenizer.json, vocab.txt and tokenizer_config.json, those that there are.
absl::Status CopyTokenizer(const std::string& from, const std::string& to);

// The token table of the static model in `dir`. Errors: those of SafetensorsFile, INVALID_ARGUMENT
// (no table of F16 or F32).
absl::StatusOr<NamedTensor> ReadTable(const std::string& dir);

// Writes a static model into the folder `dir`: the table [tokens, dim], the configuration that goes
// with it, and the tokenizer of the folder `tokenizer_dir`.
absl::Status WriteStaticModel(const NamedTensor& table, const std::string& tokenizer_dir,
                              const std::string& dir);

}  // namespace seekd::train

#endif  // SEEKD_EMBEDDING_SERVICE_TRAIN_MODEL_FILES_H_
