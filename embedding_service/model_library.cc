#include "embedding_service/model_library.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"
#include "embedding_service/encoder_factory.h"
#include "embedding_service/model_files.h"
#include "embedding_service/model_spec.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;

constexpr char kNewPrefix[] = ".new-";
constexpr char kOldPrefix[] = ".old-";

bool HoldsModel(const fs::path& dir) {
  std::error_code error;
  return fs::is_regular_file(dir / "config.json", error);
}

// What is said about a copy is meant of the folder it was made of.
absl::Status SaidOf(const fs::path& source, const std::string& copy, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrReplaceAll(status.message(), {{copy, source.string()}}));
}

// What a crash left of models that were being removed.
absl::Status RemoveOld(const std::string& added_dir) {
  std::error_code error;
  fs::directory_iterator entry(added_dir, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().string().starts_with(kOldPrefix)) continue;
    ABSL_RETURN_IF_ERROR(RemoveTree(entry->path().string()));
  }
  return absl::OkStatus();
}

ModelLibraryOptions WithMemory(ModelLibraryOptions options, ModelMemory* memory) {
  options.embedding.memory = memory;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ModelLibrary>> ModelLibrary::Open(
    const ModelLibraryOptions& options) {
  ABSL_RETURN_IF_ERROR(RemoveOld(options.added_dir));
  std::unique_ptr<ModelLibrary> library(new ModelLibrary(options));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<EmbeddingService> service,
                        EmbeddingService::Start(options.default_dir, library->options_.embedding));
  library->default_ = service.get();
  library->services_.emplace(service->model().id, std::move(service));
  return library;
}

ModelLibrary::ModelLibrary(const ModelLibraryOptions& options)
    : options_(WithMemory(options, &memory_)), memory_(options.max_model_bytes) {}

ModelLibrary::~ModelLibrary() = default;

EmbeddingService* ModelLibrary::Loaded(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = services_.find(id);
  return found == services_.end() ? nullptr : found->second.get();
}

absl::StatusOr<EmbeddingBackend*> ModelLibrary::Find(const std::string& id) {
  std::lock_guard load_lock(load_mutex_);
  if (EmbeddingService* const loaded = Loaded(id); loaded != nullptr) return loaded;
  const std::optional<Place> place = Locate(id);
  if (!place) return NoSuchModel(id);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<EmbeddingService> service,
                        EmbeddingService::Start(place->dir, options_.embedding));
  std::lock_guard lock(mutex_);
  return services_.emplace(id, std::move(service)).first->second.get();
}

// A model's folder is named as the model.
std::optional<ModelLibrary::Place> ModelLibrary::Locate(const std::string& id) const {
  if (id == default_->model().id) return Place{options_.default_dir, ModelOrigin::kDefault};
  if (!ValidateModelId(id).ok()) return std::nullopt;
  const fs::path added = AddedFolder(id);
  if (HoldsModel(added)) return Place{added.string(), ModelOrigin::kAdded};
  const fs::path installed = fs::path(options_.installed_dir) / id;
  if (HoldsModel(installed)) return Place{installed.string(), ModelOrigin::kInstalled};
  return std::nullopt;
}

std::map<std::string, ModelLibrary::Place> ModelLibrary::Places() const {
  std::map<std::string, Place> places;
  places[default_->model().id] = {options_.default_dir, ModelOrigin::kDefault};
  for (const std::string& dir : {options_.added_dir, options_.installed_dir}) {
    std::error_code error;
    for (fs::directory_iterator entry(dir, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const std::string id = entry->path().filename().string();
      if (const std::optional<Place> place = Locate(id)) places.emplace(id, *place);
    }
  }
  return places;
}

absl::Status ModelLibrary::NoSuchModel(const std::string& id) const {
  const auto name = [](std::string* out, const auto& place) { out->append(place.first); };
  return absl::NotFoundError(
      absl::StrCat("no model \"", id, "\"; there are: ", absl::StrJoin(Places(), ", ", name)));
}

ModelListing ModelLibrary::Describe(const std::string& id, const Place& place) const {
  ModelListing listing{.id = id, .dir = place.dir, .origin = place.origin};
  if (const auto bytes = TreeBytes(place.dir); bytes.ok()) listing.disk_bytes = *bytes;
  const absl::StatusOr<ModelSpec> spec = LoadModelSpec(place.dir);
  listing.status = spec.status();
  if (spec.ok()) listing.family = std::string(FamilyName(spec->family));
  if (const EmbeddingService* const service = Loaded(id); service != nullptr) {
    listing.backend = service;
    listing.weights_are_loaded = service->weights_are_loaded();
    listing.weight_bytes = service->weight_bytes();
  }
  return listing;
}

std::vector<ModelListing> ModelLibrary::List() const {
  std::vector<ModelListing> listings;
  for (const auto& [id, place] : Places()) listings.push_back(Describe(id, place));
  return listings;
}

absl::StatusOr<ModelListing> ModelLibrary::Get(const std::string& id) const {
  const std::optional<Place> place = Locate(id);
  if (!place) return NoSuchModel(id);
  return Describe(id, *place);
}

absl::Status ModelLibrary::CheckNew(const std::string& id) const {
  ABSL_RETURN_IF_ERROR(ValidateModelId(id));
  const std::optional<Place> place = Locate(id);
  if (!place) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat("there is a model \"", id, "\" already, in ",
                                               place->dir, "; choose another name"));
}

std::string ModelLibrary::NewFolder(const std::string& id) const {
  return absl::StrCat(options_.added_dir, "/", kNewPrefix, id);
}

std::string ModelLibrary::AddedFolder(const std::string& id) const {
  return absl::StrCat(options_.added_dir, "/", id);
}

absl::StatusOr<std::string> ModelLibrary::FolderForNew(const std::string& id) const {
  ABSL_RETURN_IF_ERROR(CheckNew(id));
  ABSL_RETURN_IF_ERROR(CreatePrivateFolder(options_.added_dir));
  return NewFolder(id);
}

absl::StatusOr<ModelListing> ModelLibrary::Add(const std::string& folder, const std::string& id) {
  std::lock_guard lock(add_mutex_);
  const fs::path source = fs::path(folder + "/").lexically_normal().parent_path();
  const std::string name = id.empty() ? ModelIdOfFolder(folder) : id;
  ABSL_ASSIGN_OR_RETURN(const std::string copy, FolderForNew(name));
  ABSL_RETURN_IF_ERROR(RemoveTree(copy));  // of a crash, or a download given up
  ABSL_RETURN_IF_ERROR(CopyModelFolder(source.string(), copy));
  absl::StatusOr<ModelListing> added = Adopt(name);
  if (!added.ok()) return SaidOf(source, copy, added.status());
  return added;
}

absl::StatusOr<ModelListing> ModelLibrary::Adopt(const std::string& id) {
  ABSL_ASSIGN_OR_RETURN(const std::string fresh, FolderForNew(id));
  // On the CPU and in fp32: whether it can be loaded, not how fast it is.
  const absl::Status loaded = LoadModel(fresh, {.threads = options_.embedding.threads,
                                                .device = Device{DeviceKind::kCpu},
                                                .precision = Precision::kFp32,
                                                .warn = options_.embedding.warn})
                                  .status();
  if (!loaded.ok()) {
    ABSL_RETURN_IF_ERROR(RemoveTree(fresh));
    return loaded;
  }
  std::error_code error;
  fs::rename(fresh, AddedFolder(id), error);
  if (error) return absl::UnknownError(absl::StrCat(fresh, ": ", error.message()));
  ABSL_RETURN_IF_ERROR(SyncFolder(options_.added_dir));
  return Get(id);
}

absl::StatusOr<std::unique_ptr<ModelBench>> ModelLibrary::OpenBench(
    const std::string& id, std::optional<Device> device) const {
  const std::optional<Place> place = Locate(id);
  if (!place) return NoSuchModel(id);
  const EmbeddingOptions& serving = options_.embedding;
  ABSL_ASSIGN_OR_RETURN(
      LoadedModel model,
      LoadModel(place->dir, {serving.threads, device ? device : serving.device, serving.precision,
                             serving.precision_profile, serving.warn}));
  if (!model.remote.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("model \"", id, "\" is computed by ",
                                                   model.remote, ": others use that server, too"));
  }
  // Not every family has a choice.
  const std::string runs_on = model.encoder->device();
  if (device && !runs_on.starts_with(DeviceName(*device))) {
    return absl::InvalidArgumentError(absl::StrCat("model \"", id, "\" is computed on ", runs_on,
                                                   ", not on ", DeviceName(*device)));
  }
  return std::make_unique<ModelBench>(std::move(model.encoder));
}

absl::Status ModelLibrary::RemoveUnfinished(const std::string& id) const {
  std::error_code error;
  const std::string folder = NewFolder(id);
  if (ValidateModelId(id).ok() && fs::exists(folder, error)) return RemoveTree(folder);
  return NoSuchModel(id);
}

void ModelLibrary::Forget(const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto found = services_.find(id);
  if (found == services_.end() || found->second.get() == default_) return;
  found->second->GiveBackWeights();
  retired_.push_back(std::move(found->second));
  services_.erase(found);
}

// Whole or not at all: what a crash leaves of it is no model, and Open removes it.
absl::Status ModelLibrary::Remove(const std::string& id) {
  std::lock_guard load_lock(load_mutex_);
  const std::optional<Place> place = Locate(id);
  if (!place) return RemoveUnfinished(id);
  if (place->origin != ModelOrigin::kAdded) {
    return absl::FailedPreconditionError(
        absl::StrCat("model \"", id, "\" is not one that was added: its folder is ", place->dir));
  }
  Forget(id);
  const std::string old = absl::StrCat(options_.added_dir, "/", kOldPrefix, id);
  ABSL_RETURN_IF_ERROR(RemoveTree(old));
  std::error_code error;
  fs::rename(place->dir, old, error);
  if (error) return absl::UnknownError(absl::StrCat(place->dir, ": ", error.message()));
  ABSL_RETURN_IF_ERROR(SyncFolder(options_.added_dir));
  return RemoveTree(old);
}

}  // namespace seekd
