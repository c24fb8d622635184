// The weights of a model folder: model.safetensors, or the files that
// model.safetensors.index.json names (transformers, "Sharded checkpoints"), as one set of
// tensors. All stay mapped; views point into them.
//
// Thread safety: immutable; any thread may read. Views must not outlive it.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_WEIGHTS_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_WEIGHTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/safetensors.h"

namespace seekd {

class ModelWeights {
 public:
  // Errors: NOT_FOUND (neither file; a file that the index names), INVALID_ARGUMENT (the index),
  // DATA_LOSS (a broken file; an index that names a tensor which its file does not hold).
  static absl::StatusOr<std::shared_ptr<const ModelWeights>> Open(const std::string& dir);

  bool Has(std::string_view name) const { return tensors_.find(name) != tensors_.end(); }
  // What stands before `suffix` in the name of the one tensor whose name ends so: "bert.".
  // NOT_FOUND, INVALID_ARGUMENT (several).
  absl::StatusOr<std::string> PrefixOf(std::string_view suffix) const;
  // NOT_FOUND, INVALID_ARGUMENT (another shape): names the file and the tensor.
  absl::StatusOr<const TensorView*> Find(std::string_view name,
                                         const std::vector<uint64_t>& shape) const;

  // What names the weights in errors: the file, or the index.
  const std::string& path() const { return path_; }
  std::vector<std::span<const uint8_t>> file_bytes() const;
  uint64_t component_count() const;  // of all tensors
  // DATA_LOSS once a page of a file could not be read; see SafetensorsFile::status.
  absl::Status status() const;

 private:
  explicit ModelWeights(std::string path) : path_(std::move(path)) {}
  absl::Status AddFile(const std::string& path);
  absl::Status AddShards(const std::string& dir);

  const std::string path_;
  std::vector<std::unique_ptr<const SafetensorsFile>> files_;
  std::map<std::string, const TensorView*, std::less<>> tensors_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_WEIGHTS_H_
