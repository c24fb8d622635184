// The models of a daemon under test: fake ones, which cannot be added, pulled or measured.
#ifndef SEEKD_TESTS_SERVER_FAKE_MODELS_H_
#define SEEKD_TESTS_SERVER_FAKE_MODELS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "embedding_service/model_catalog.h"
#include "tests/support/fake_backend.h"

namespace seekd::testing {

class FakeModels final : public ModelCatalog {
 public:
  // All outlive the object; the first is the default.
  explicit FakeModels(std::vector<FakeBackend*> models) : models_(std::move(models)) {}

  EmbeddingBackend* default_model() override { return models_.front(); }
  absl::StatusOr<EmbeddingBackend*> Find(const std::string& id) override {
    for (FakeBackend* model : models_) {
      if (model->model().id == id) return model;
    }
    return absl::NotFoundError("no model \"" + id + "\"");
  }
  std::vector<ModelListing> List() const override {
    std::vector<ModelListing> all;
    for (const FakeBackend* model : models_) all.push_back(Describe(*model));
    return all;
  }
  absl::StatusOr<ModelListing> Get(const std::string& id) const override {
    for (const FakeBackend* model : models_) {
      if (model->model().id == id) return Describe(*model);
    }
    return absl::NotFoundError("no model \"" + id + "\"");
  }
  absl::StatusOr<ModelListing> Add(const std::string&, const std::string&) override {
    return absl::UnimplementedError("fake models");
  }
  std::string AddedFolder(const std::string& id) const override { return "/nowhere/" + id; }
  absl::StatusOr<std::string> FolderForNew(const std::string&) const override {
    return absl::UnimplementedError("fake models");
  }
  absl::StatusOr<ModelListing> Adopt(const std::string&) override {
    return absl::UnimplementedError("fake models");
  }
  absl::Status Remove(const std::string&) override {
    return absl::UnimplementedError("fake models");
  }
  void Forget(const std::string&) override {}
  absl::StatusOr<std::unique_ptr<ModelBench>> OpenBench(const std::string&,
                                                        std::optional<Device>) const override {
    return absl::UnimplementedError("fake models");
  }

 private:
  ModelListing Describe(const FakeBackend& model) const {
    ModelListing listing;
    listing.id = model.model().id;
    listing.origin = &model == models_.front() ? ModelOrigin::kDefault : ModelOrigin::kAdded;
    listing.family = "fake";
    listing.backend = &model;
    return listing;
  }

  const std::vector<FakeBackend*> models_;
};

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SERVER_FAKE_MODELS_H_
