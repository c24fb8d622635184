#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "seekd/v1/collections.grpc.pb.h"
#include "server/errors.h"
#include "server/marshalling.h"
#include "server/reactors.h"
#include "server/resource_names.h"
#include "server/services.h"
#include "server/serving.h"

namespace seekd {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

absl::Status FillCollection(const Collection& collection, v1::Collection* response) {
  ABSL_ASSIGN_OR_RETURN(const CollectionLedger ledger, collection.Ledger());
  ToProto(ledger, response);
  return absl::OkStatus();
}

absl::Status Exists(const std::string& id) {
  return WithReason(
      WithResource(absl::AlreadyExistsError(absl::StrCat("collection \"", id, "\" exists already")),
                   "seekd.v1.Collection", FormatCollectionName(id)),
      "COLLECTION_EXISTS");
}

// What would be, of a request that is only checked.
void FillUncreated(const Serving& serving, const std::string& id,
                   const CollectionSettings& settings, v1::Collection* response) {
  response->set_name(FormatCollectionName(id));
  response->set_model(serving.models().default_model()->model().id);
  ToProto(settings, response);
}

absl::Status Create(Serving* serving, const v1::CreateCollectionRequest& request,
                    v1::Collection* response) {
  const std::string& id = request.collection_id();
  const absl::Status valid = ValidateCollectionName(id);
  if (!valid.ok()) return AsFieldError("collection_id", valid);
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  CollectionSettings settings;
  ABSL_ASSIGN_OR_RETURN(const SettingsChange change, FromProto(request.collection(), {}));
  change(&settings);
  if (engine->Find(id).ok()) return Exists(id);
  if (request.validate_only()) {
    FillUncreated(*serving, id, settings, response);
    return absl::OkStatus();
  }
  auto created = engine->Create(id, settings);
  if (absl::IsAlreadyExists(created.status())) return Exists(id);
  ABSL_RETURN_IF_ERROR(created.status());
  return FillCollection(**created, response);
}

absl::Status UpdateExisting(Collection* collection, const v1::UpdateCollectionRequest& request,
                            const SettingsChange& change, v1::Collection* response) {
  if (!request.validate_only()) ABSL_RETURN_IF_ERROR(collection->UpdateSettings(change));
  ABSL_RETURN_IF_ERROR(FillCollection(*collection, response));
  CollectionSettings settings = collection->settings();
  change(&settings);
  ToProto(settings, response);
  return absl::OkStatus();
}

absl::Status Update(Serving* serving, const v1::UpdateCollectionRequest& request,
                    v1::Collection* response) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        ParseCollectionName("collection.name", request.collection().name()));
  ABSL_ASSIGN_OR_RETURN(const SettingsChange change,
                        FromProto(request.collection(), request.update_mask()));
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  auto found = serving->FindCollectionById(id);
  if (absl::IsNotFound(found.status()) && request.allow_missing()) {
    CollectionSettings settings;
    change(&settings);
    if (request.validate_only()) {
      FillUncreated(*serving, id, settings, response);
      return absl::OkStatus();
    }
    const auto created = engine->Create(id, settings);
    if (created.ok()) return FillCollection(**created, response);
    if (!absl::IsAlreadyExists(created.status())) return created.status();
    found = serving->FindCollectionById(id);  // somebody else was faster
  }
  ABSL_RETURN_IF_ERROR(found.status());
  return UpdateExisting(found->get(), request, change, response);
}

absl::Status List(Serving* serving, const v1::ListCollectionsRequest& request,
                  v1::ListCollectionsResponse* response) {
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  ABSL_ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  std::string last;
  for (const std::shared_ptr<Collection>& collection : engine->List()) {
    const std::string name = collection->name();
    if (name <= page.after) continue;
    if (static_cast<size_t>(response->collections_size()) == page.size) {
      response->set_next_page_token(FormatPageToken(last));
      return absl::OkStatus();
    }
    ABSL_RETURN_IF_ERROR(FillCollection(*collection, response->add_collections()));
    last = name;
  }
  return absl::OkStatus();
}

// Running operations on it are asked to stop: Engine::Delete waits for them.
absl::Status Delete(Serving* serving, const v1::DeleteCollectionRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const auto collection, serving->FindCollection("name", request.name()));
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  const std::string id = collection->name();
  serving->operations().CancelCollection(id);
  return engine->Delete(id);
}

class CollectionServiceImpl final : public v1::CollectionService::CallbackService {
 public:
  explicit CollectionServiceImpl(Serving* serving) : serving_(serving) {}

  ServerUnaryReactor* CreateCollection(CallbackServerContext* context,
                                       const v1::CreateCollectionRequest* request,
                                       v1::Collection* response) override {
    return RunUnary(&serving_->writers(), context, "CollectionService/CreateCollection",
                    [=, this](const Call&) { return Create(serving_, *request, response); });
  }

  ServerUnaryReactor* GetCollection(CallbackServerContext* context,
                                    const v1::GetCollectionRequest* request,
                                    v1::Collection* response) override {
    return RunUnary(&serving_->readers(), context, "CollectionService/GetCollection",
                    [=, this](const Call&) -> absl::Status {
                      ABSL_ASSIGN_OR_RETURN(const auto collection,
                                            serving_->FindCollection("name", request->name()));
                      return FillCollection(*collection, response);
                    });
  }

  ServerUnaryReactor* ListCollections(CallbackServerContext* context,
                                      const v1::ListCollectionsRequest* request,
                                      v1::ListCollectionsResponse* response) override {
    return RunUnary(&serving_->readers(), context, "CollectionService/ListCollections",
                    [=, this](const Call&) { return List(serving_, *request, response); });
  }

  ServerUnaryReactor* UpdateCollection(CallbackServerContext* context,
                                       const v1::UpdateCollectionRequest* request,
                                       v1::Collection* response) override {
    return RunUnary(&serving_->writers(), context, "CollectionService/UpdateCollection",
                    [=, this](const Call&) { return Update(serving_, *request, response); });
  }

  ServerUnaryReactor* DeleteCollection(CallbackServerContext* context,
                                       const v1::DeleteCollectionRequest* request,
                                       google::protobuf::Empty*) override {
    return RunUnary(&serving_->writers(), context, "CollectionService/DeleteCollection",
                    [=, this](const Call&) { return Delete(serving_, *request); });
  }

 private:
  Serving* const serving_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeCollectionService(Serving* serving) {
  return std::make_unique<CollectionServiceImpl>(serving);
}

}  // namespace seekd
