// ModelService: which models there are, and which collection uses which.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "embedding_service/hub/model_pull.h"
#include "embedding_service/model_files.h"
#include "seekd/v1/models.grpc.pb.h"
#include "server/errors.h"
#include "server/marshalling.h"
#include "server/reactors.h"
#include "server/remote_notice.h"
#include "server/resource_names.h"
#include "server/services.h"
#include "server/serving.h"

namespace seekd {
namespace {

using google::longrunning::Operation;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr int kMaxBenchValues = 16;
constexpr int32_t kMaxBenchRows = 1024;
// Of one batch, so that it takes seconds, not minutes.
constexpr int64_t kMaxBenchTokens = 1 << 16;

absl::Status WithModel(const absl::Status& status, const std::string& id) {
  if (!absl::IsNotFound(status)) return status;
  return WithReason(WithResource(status, "seekd.v1.Model", FormatModelName(id)), "MODEL_NOT_FOUND");
}

v1::Model::Origin ToProto(ModelOrigin origin) {
  switch (origin) {
    case ModelOrigin::kDefault:
      return v1::Model::DEFAULT;
    case ModelOrigin::kAdded:
      return v1::Model::ADDED;
    case ModelOrigin::kInstalled:
      return v1::Model::INSTALLED;
  }
  return v1::Model::ORIGIN_UNSPECIFIED;
}

void SetHealth(const absl::Status& health, v1::Model* out) {
  out->set_health_code(static_cast<int32_t>(health.code()));
  out->set_health_message(std::string(health.message()));
}

// Those that wait for the model of that name in vain, since it is another one, do not use it.
std::vector<std::string> UsersOf(const Engine& engine, const std::string& id) {
  std::vector<std::string> users;
  for (const auto& collection : engine.List()) {
    const CollectionRecord record = collection->record();
    const bool is_present = collection->backend().presence().ok();
    if (record.model_id == id && is_present) users.push_back(FormatCollectionName(record.name));
  }
  return users;
}

void Fill(const Engine& engine, const ModelListing& listing, v1::Model* out) {
  out->set_name(FormatModelName(listing.id));
  out->set_folder(listing.dir);
  out->set_origin(ToProto(listing.origin));
  out->set_family(listing.family);
  out->set_disk_bytes(Signed(listing.disk_bytes));
  SetHealth(listing.status, out);
  for (std::string& user : UsersOf(engine, listing.id)) out->add_collections(std::move(user));
  if (const auto source = ReadModelSource(listing.dir); source.ok()) {
    out->set_repository(source->repository);
    out->set_commit(source->commit);
  }
  if (listing.backend == nullptr) return;
  const ModelInfo& info = listing.backend->model();
  out->set_fingerprint(info.fingerprint);
  out->set_dimensions(static_cast<int32_t>(info.dim));
  out->set_remote(info.remote);
  out->set_device(listing.backend->device());
  out->set_is_loaded(listing.weights_are_loaded);
  out->set_weight_bytes(Signed(listing.weight_bytes));
  SetHealth(listing.backend->health(), out);
}

absl::Status List(const Serving& serving, const v1::ListModelsRequest& request,
                  v1::ListModelsResponse* response) {
  ABSL_ASSIGN_OR_RETURN(const Engine* engine, serving.engine());
  ABSL_ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  std::string last;
  for (const ModelListing& listing : serving.models().List()) {
    if (listing.id <= page.after) continue;
    if (static_cast<size_t>(response->models_size()) == page.size) {
      response->set_next_page_token(FormatPageToken(last));
      return absl::OkStatus();
    }
    Fill(*engine, listing, response->add_models());
    last = listing.id;
  }
  return absl::OkStatus();
}

absl::Status Get(const Serving& serving, const std::string& name, v1::Model* response) {
  ABSL_ASSIGN_OR_RETURN(const Engine* engine, serving.engine());
  ABSL_ASSIGN_OR_RETURN(const std::string id, ParseModelName("name", name));
  const absl::StatusOr<ModelListing> listing = serving.models().Get(id);
  if (!listing.ok()) return WithModel(listing.status(), id);
  Fill(*engine, *listing, response);
  return absl::OkStatus();
}

absl::Status CheckModelId(const std::string& id) {
  const absl::Status valid = ValidateModelId(id);
  return valid.ok() ? valid : AsFieldError("model_id", valid);
}

// MODEL_IN_USE: a collection is moving to it, or it is being pulled.
absl::Status CheckNotAwaited(const OperationRegistry& operations, const std::string& id) {
  for (const OperationState& state : operations.List(0, SIZE_MAX)) {
    if (state.done || state.spec.model != id) continue;
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "model \"", id, "\" ",
            state.spec.collection.empty()
                ? "is being pulled"
                : absl::StrCat("is what collection \"", state.spec.collection, "\" is moving to"),
            "; stop that first, or wait")),
        "MODEL_IN_USE");
  }
  return absl::OkStatus();
}

// The folder's name, unless another one is given.
std::string ModelIdOf(const v1::AddModelRequest& request) {
  if (!request.model_id().empty()) return request.model_id();
  return ModelIdOfFolder(request.folder());
}

absl::Status Add(Serving* serving, const v1::AddModelRequest& request, v1::Model* response) {
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  if (!request.folder().starts_with('/')) {
    return FieldError("folder",
                      absl::StrCat("expected an absolute path, found \"", request.folder(), "\""));
  }
  const std::string id = ModelIdOf(request);
  ABSL_RETURN_IF_ERROR(CheckModelId(id));
  ABSL_RETURN_IF_ERROR(CheckNotAwaited(serving->operations(), id));
  ABSL_ASSIGN_OR_RETURN(const ModelListing listing, serving->models().Add(request.folder(), id));
  ABSL_RETURN_IF_ERROR(engine->ReopenAbsent());
  Fill(*engine, listing, response);
  return absl::OkStatus();
}

absl::Status Delete(Serving* serving, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const Engine* engine, serving->engine());
  ABSL_ASSIGN_OR_RETURN(const std::string id, ParseModelName("name", name));
  const std::vector<std::string> users = UsersOf(*engine, id);
  if (!users.empty()) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "model \"", id, "\" is used by ", users.front(),
                          users.size() > 1 ? absl::StrCat(" and ", users.size() - 1, " more") : "",
                          "; move them to another model first")),
                      "MODEL_IN_USE");
  }
  ABSL_RETURN_IF_ERROR(CheckNotAwaited(serving->operations(), id));
  return WithModel(serving->models().Remove(id), id);
}

// "ORG/NAME" -> "NAME".
std::string ModelIdOf(const v1::PullModelRequest& request) {
  if (!request.model_id().empty()) return request.model_id();
  const std::string& repository = request.repository();
  return repository.substr(repository.rfind('/') + 1);
}

// Into the model's folder if it was pulled before: then it is checked, and repaired if need be.
absl::StatusOr<PulledModel> PullInto(const Engine& engine, ModelCatalog* models,
                                     const PullRequest& request, const std::string& id,
                                     const CancellationPtr& cancellation,
                                     const PullProgressFn& progress) {
  const std::string added = models->AddedFolder(id);
  if (IsPulled(added)) {
    ABSL_ASSIGN_OR_RETURN(const PulledModel pulled,
                          PullModel(request, added, cancellation, progress));
    if (!pulled.was_there && UsersOf(engine, id).empty()) models->Forget(id);
    return pulled;
  }
  ABSL_ASSIGN_OR_RETURN(const std::string folder, models->FolderForNew(id));
  ABSL_ASSIGN_OR_RETURN(const PulledModel pulled,
                        PullModel(request, folder, cancellation, progress));
  ABSL_RETURN_IF_ERROR(models->Adopt(id).status());
  return pulled;
}

IndexProgress ToIndexProgress(const PullProgress& pull) {
  IndexProgress progress;
  progress.phase = IndexPhase::kReading;
  progress.files_found = pull.files_total;
  progress.files_done = pull.files_done;
  progress.bytes_found = pull.bytes_total;
  progress.bytes_done = pull.bytes_done;
  return progress;
}

absl::Status Pull(Serving* serving, const v1::PullModelRequest& request, Operation* response) {
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  OperationSpec spec{.model = ModelIdOf(request),
                     .repository = request.repository(),
                     .request_id = request.request_id()};
  if (request.repository().empty()) {
    return FieldError("repository", "expected ORG/NAME, found nothing");
  }
  ABSL_RETURN_IF_ERROR(CheckModelId(spec.model));
  const PullRequest pull{request.repository(), request.revision(), request.endpoint(),
                         request.proxy(), request.ca_file()};
  const auto work = [=, id = spec.model, models = &serving->models()](
                        const CancellationPtr& cancellation,
                        const IndexProgressFn& report) -> absl::StatusOr<OperationResult> {
    const auto progress = [&](const PullProgress& p) { report(ToIndexProgress(p)); };
    ABSL_ASSIGN_OR_RETURN(PulledModel pulled,
                          PullInto(*engine, models, pull, id, cancellation, progress));
    ABSL_RETURN_IF_ERROR(engine->ReopenAbsent());
    return pulled;
  };
  ABSL_ASSIGN_OR_RETURN(const OperationState state,
                        serving->operations().Start(std::move(spec), work));
  seekd::ToProto(state, response);
  return absl::OkStatus();
}

absl::Status Use(Serving* serving, const v1::UseModelRequest& request, Operation* response) {
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  ABSL_ASSIGN_OR_RETURN(const auto collection,
                        serving->FindCollection("collection", request.collection()));
  OperationSpec spec{.collection = collection->name(), .request_id = request.request_id()};
  ABSL_ASSIGN_OR_RETURN(spec.model, ParseModelName("model", request.model()));
  const absl::StatusOr<ModelListing> listing = serving->models().Get(spec.model);
  if (!listing.ok()) return WithModel(listing.status(), spec.model);
  ABSL_RETURN_IF_ERROR(listing->status);
  if (request.validate_only()) {
    OperationState state{.spec = std::move(spec), .done = true};
    state.progress.phase = IndexPhase::kDone;
    seekd::ToProto(state, response);
    return absl::OkStatus();
  }
  const auto work = [=, name = spec.collection, model = spec.model, models = &serving->models()](
                        const CancellationPtr& cancellation,
                        const IndexProgressFn& progress) -> absl::StatusOr<OperationResult> {
    ABSL_ASSIGN_OR_RETURN(const EmbeddingBackend* backend, models->Find(model));
    LogIfRemote(*backend);
    return engine->UseModel(name, model, cancellation, progress);
  };
  ABSL_ASSIGN_OR_RETURN(const OperationState state,
                        serving->operations().Start(std::move(spec), work));
  seekd::ToProto(state, response);
  return absl::OkStatus();
}

// The rows of a benchmark, one at a time.
class Bench {
 public:
  Bench(const Serving* serving, const v1::BenchmarkModelRequest& request)
      : serving_(serving), request_(request) {}

  absl::StatusOr<bool> Next(const Call& call, v1::BenchmarkModelResponse* response) {
    if (bench_ == nullptr) ABSL_RETURN_IF_ERROR(Open());
    if (next_ == cases_.size()) return false;
    const auto [length, rows] = cases_[next_++];
    ABSL_ASSIGN_OR_RETURN(const double rate,
                          bench_->RowsPerSecond(length, rows, call.cancellation()));
    response->set_device(bench_->device());
    response->set_length(static_cast<int32_t>(length));
    response->set_batch_rows(static_cast<int32_t>(rows));
    response->set_rows_per_second(static_cast<float>(rate));
    return true;
  }

 private:
  using Values = google::protobuf::RepeatedField<int32_t>;

  static absl::Status Check(const char* field, const Values& values, int64_t most) {
    if (values.size() > kMaxBenchValues) {
      return FieldError(field, absl::StrCat("expected at most ", kMaxBenchValues,
                                            " numbers, found ", values.size()));
    }
    for (const int32_t value : values) {
      if (value >= 1 && value <= most) continue;
      return FieldError(field, absl::StrCat("expected 1 to ", most, ", found ", value));
    }
    return absl::OkStatus();
  }

  absl::Status Open() {
    ABSL_RETURN_IF_ERROR(serving_->engine().status());
    ABSL_ASSIGN_OR_RETURN(const std::string id, ParseModelName("name", request_.name()));
    const std::optional<Device> device = ParseDevice(request_.device());
    if (!device && !request_.device().empty()) {
      return FieldError("device", absl::StrCat("expected cpu, cuda, cuda:N or mps, found \"",
                                               request_.device(), "\""));
    }
    ABSL_RETURN_IF_ERROR(Check("batch_rows", request_.batch_rows(), kMaxBenchRows));
    auto bench = serving_->models().OpenBench(id, device);
    if (!bench.ok()) return WithModel(bench.status(), id);
    const int64_t longest = std::min<int64_t>((*bench)->max_input_tokens(), 8192);
    ABSL_RETURN_IF_ERROR(Check("lengths", request_.lengths(), longest));
    MakeCases(longest);
    ABSL_RETURN_IF_ERROR(CheckCases());
    bench_ = *std::move(bench);
    return absl::OkStatus();
  }

  void MakeCases(int64_t longest) {
    std::vector<int32_t> lengths(request_.lengths().begin(), request_.lengths().end());
    std::vector<int32_t> rows(request_.batch_rows().begin(), request_.batch_rows().end());
    if (lengths.empty()) {
      for (const int32_t length : {32, 128, 256}) {
        if (length <= longest) lengths.push_back(length);
      }
    }
    if (rows.empty()) rows = {1, 8, 64};
    for (const int32_t length : lengths) {
      for (const int32_t count : rows) cases_.emplace_back(length, count);
    }
  }

  absl::Status CheckCases() const {
    for (const auto& [length, rows] : cases_) {
      if (int64_t{length} * rows <= kMaxBenchTokens) continue;
      return FieldError("batch_rows",
                        absl::StrCat("expected at most ", kMaxBenchTokens,
                                     " tokens at once, found ", rows, " inputs of ", length));
    }
    return absl::OkStatus();
  }

  const Serving* const serving_;
  const v1::BenchmarkModelRequest request_;
  std::unique_ptr<ModelBench> bench_;
  std::vector<std::pair<uint32_t, uint32_t>> cases_;  // length, rows
  size_t next_ = 0;
};

class ModelServiceImpl final : public v1::ModelService::CallbackService {
 public:
  explicit ModelServiceImpl(Serving* serving) : serving_(serving) {}

  ServerUnaryReactor* ListModels(CallbackServerContext* context,
                                 const v1::ListModelsRequest* request,
                                 v1::ListModelsResponse* response) override {
    return RunUnary(&serving_->readers(), context, "ModelService/ListModels",
                    [=, this](const Call&) { return List(*serving_, *request, response); });
  }

  ServerUnaryReactor* GetModel(CallbackServerContext* context, const v1::GetModelRequest* request,
                               v1::Model* response) override {
    return RunUnary(&serving_->readers(), context, "ModelService/GetModel",
                    [=, this](const Call&) { return Get(*serving_, request->name(), response); });
  }

  ServerUnaryReactor* AddModel(CallbackServerContext* context, const v1::AddModelRequest* request,
                               v1::Model* response) override {
    return RunUnary(&serving_->writers(), context, "ModelService/AddModel",
                    [=, this](const Call&) { return Add(serving_, *request, response); });
  }

  ServerUnaryReactor* PullModel(CallbackServerContext* context, const v1::PullModelRequest* request,
                                Operation* response) override {
    return RunUnary(&serving_->writers(), context, "ModelService/PullModel",
                    [=, this](const Call&) { return Pull(serving_, *request, response); });
  }

  ServerUnaryReactor* DeleteModel(CallbackServerContext* context,
                                  const v1::DeleteModelRequest* request,
                                  google::protobuf::Empty*) override {
    return RunUnary(&serving_->writers(), context, "ModelService/DeleteModel",
                    [=, this](const Call&) { return Delete(serving_, request->name()); });
  }

  ServerUnaryReactor* UseModel(CallbackServerContext* context, const v1::UseModelRequest* request,
                               Operation* response) override {
    return RunUnary(&serving_->writers(), context, "ModelService/UseModel",
                    [=, this](const Call&) { return Use(serving_, *request, response); });
  }

  grpc::ServerWriteReactor<v1::BenchmarkModelResponse>* BenchmarkModel(
      CallbackServerContext* context, const v1::BenchmarkModelRequest* request) override {
    auto bench = std::make_shared<Bench>(serving_, *request);
    auto* reactor = new StreamReactor<v1::BenchmarkModelResponse>(
        &serving_->writers(), context, "ModelService/BenchmarkModel",
        [bench](const Call& call, v1::BenchmarkModelResponse* response) {
          return bench->Next(call, response);
        });
    return reactor->Start();
  }

 private:
  Serving* const serving_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeModelService(Serving* serving) {
  return std::make_unique<ModelServiceImpl>(serving);
}

}  // namespace seekd
