// Which files of a model folder belong to the model as seekd reads it, and copies of such
// folders.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_FILES_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_FILES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace seekd {

// The name of a model in `folder`, unless it is given another: the folder's.
std::string ModelIdOfFolder(const std::string& folder);

// INVALID_ARGUMENT unless 1 to 96 of [A-Za-z0-9._-], the first a letter or a digit.
absl::Status ValidateModelId(const std::string& id);

// `name` is relative to the folder. Weights of other libraries (pytorch_model.bin, ONNX, ...) are
// none of the model's files, nor are hidden ones.
bool IsModelFile(std::string_view name);

// Copies the model's files of `from` into the new folder `to` (0700; files 0600), durably. After
// an error there is no `to`. NOT_FOUND (`from`), ALREADY_EXISTS (`to`), RESOURCE_EXHAUSTED (disk).
absl::Status CopyModelFolder(const std::string& from, const std::string& to);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_FILES_H_
