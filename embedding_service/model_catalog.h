// The models of a daemon as a person manages them: listed, added, removed, measured. Implemented
// by ModelLibrary; the server knows no more than this, and so needs no torch.
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_CATALOG_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_CATALOG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/collection/embedding_backend.h"
#include "embedding_service/device.h"
#include "embedding_service/model_bench.h"

namespace seekd {

enum class ModelOrigin {
  kDefault,    // what the daemon was started with
  kAdded,      // in the data directory
  kInstalled,  // came with the program
};

struct ModelListing {
  std::string id;
  std::string dir;
  ModelOrigin origin = ModelOrigin::kAdded;
  std::string family;       // FamilyName; "" where `status` is not OK
  absl::Status status;      // why it cannot be used, as far as its configuration tells
  uint64_t disk_bytes = 0;  // of all files of the folder
  // Of one that a collection has asked for since the start; null: none has.
  const EmbeddingBackend* backend = nullptr;
  bool weights_are_loaded = false;
  uint64_t weight_bytes = 0;  // of memory, when they are
};

// Thread safety: any thread may call any member.
class ModelCatalog : public ModelProvider {
 public:
  virtual std::vector<ModelListing> List() const = 0;                         // ascending by id
  virtual absl::StatusOr<ModelListing> Get(const std::string& id) const = 0;  // NOT_FOUND

  // A copy of the folder, under the name `id` ("": the folder's). It is loaded once to see
  // whether it can be. What a download of that name has left is removed. REQUIRES: none runs.
  // INVALID_ARGUMENT (the name), ALREADY_EXISTS, errors of LoadModel.
  virtual absl::StatusOr<ModelListing> Add(const std::string& folder, const std::string& id) = 0;
  // Where an added model of that name lies, or would.
  virtual std::string AddedFolder(const std::string& id) const = 0;
  // Where a download of a model `id` goes, until Adopt. INVALID_ARGUMENT; ALREADY_EXISTS.
  virtual absl::StatusOr<std::string> FolderForNew(const std::string& id) const = 0;
  // Makes what stands in FolderForNew(id) a model, if it can be loaded; else it is removed.
  virtual absl::StatusOr<ModelListing> Adopt(const std::string& id) = 0;
  // Deletes the folder of an added model, or what a download of it has left. REQUIRES: no
  // collection uses it, no download of it runs. NOT_FOUND;
  // FAILED_PRECONDITION: not an added one.
  virtual absl::Status Remove(const std::string& id) = 0;

  // Files of an added model have changed: the next Find loads them. What was loaded of it stays
  // until the end. REQUIRES: no collection uses it.
  virtual void Forget(const std::string& id) = 0;

  // The model loaded once more, to be measured on that device; none: as for serving. NOT_FOUND,
  // INVALID_ARGUMENT (a remote model), errors of LoadModel.
  virtual absl::StatusOr<std::unique_ptr<ModelBench>> OpenBench(
      const std::string& id, std::optional<Device> device) const = 0;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_CATALOG_H_
