// The models of a daemon, by name:
//
//   the default model             the folder that the daemon was started with
//   <data>/models/<name>          added by the user
//   <prefix>/share/seekd/models   came with the program
//
// Of equal names the upper one counts. A model is loaded when a collection asks for it, and then
// stays known until the end; its weights come and go (model_memory.h).
//
//   <data>/models/.new-<name>     being copied or downloaded; kept for a download to go on
//   <data>/models/.old-<name>     being removed
#ifndef SEEKD_EMBEDDING_SERVICE_MODEL_LIBRARY_H_
#define SEEKD_EMBEDDING_SERVICE_MODEL_LIBRARY_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/embedding_service.h"
#include "embedding_service/model_catalog.h"
#include "embedding_service/model_memory.h"

namespace seekd {

struct ModelLibraryOptions {
  std::string default_dir;       // see FindModelDir
  std::string added_dir;         // need not exist
  std::string installed_dir;     // need not exist
  EmbeddingOptions embedding;    // of each model; `memory` is the library's
  uint64_t max_model_bytes = 0;  // of loaded weights together; 0: no limit
};

// Thread safety: any thread may call any member.
class ModelLibrary final : public ModelCatalog {
 public:
  // Loads the default model. Errors: those of EmbeddingService::Start.
  static absl::StatusOr<std::unique_ptr<ModelLibrary>> Open(const ModelLibraryOptions& options);
  ~ModelLibrary() override;

  EmbeddingBackend* default_model() override { return default_; }
  absl::StatusOr<EmbeddingBackend*> Find(const std::string& id) override;
  std::vector<ModelListing> List() const override;
  absl::StatusOr<ModelListing> Get(const std::string& id) const override;
  absl::StatusOr<ModelListing> Add(const std::string& folder, const std::string& id) override;
  std::string AddedFolder(const std::string& id) const override;
  absl::StatusOr<std::string> FolderForNew(const std::string& id) const override;
  absl::StatusOr<ModelListing> Adopt(const std::string& id) override;
  absl::Status Remove(const std::string& id) override;
  void Forget(const std::string& id) override;
  absl::StatusOr<std::unique_ptr<ModelBench>> OpenBench(
      const std::string& id, std::optional<Device> device) const override;

  // ModelMemory::ReleaseIdle.
  size_t ReleaseIdle(std::chrono::steady_clock::time_point now, std::chrono::seconds idle) {
    return memory_.ReleaseIdle(now, idle);
  }

 private:
  struct Place {
    std::string dir;
    ModelOrigin origin = ModelOrigin::kAdded;
  };

  explicit ModelLibrary(const ModelLibraryOptions& options);
  std::optional<Place> Locate(const std::string& id) const;
  EmbeddingService* Loaded(const std::string& id) const;  // null: not loaded
  absl::Status CheckNew(const std::string& id) const;
  std::string NewFolder(const std::string& id) const;
  ModelListing Describe(const std::string& id, const Place& place) const;
  std::map<std::string, Place> Places() const;
  absl::Status NoSuchModel(const std::string& id) const;
  absl::Status RemoveUnfinished(const std::string& id) const;

  const ModelLibraryOptions options_;
  ModelMemory memory_;
  EmbeddingService* default_ = nullptr;
  std::mutex add_mutex_;      // of Add: one at a time; comes before mutex_
  std::mutex load_mutex_;     // one model is loaded at a time
  mutable std::mutex mutex_;  // held for moments, inside that one
  // Guarded by mutex_. Those of removed models live on in retired_.
  std::map<std::string, std::unique_ptr<EmbeddingService>> services_;
  std::vector<std::unique_ptr<EmbeddingService>> retired_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_MODEL_LIBRARY_H_
