#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "core/base/status_macros.h"
#include "seekd/v1/status.grpc.pb.h"
#include "server/marshalling.h"
#include "server/process_memory.h"
#include "server/reactors.h"
#include "server/services.h"
#include "server/serving.h"
#include "server/version.h"

namespace seekd {
namespace {

absl::Status AddCollection(const Collection& collection, v1::GetStatusResponse* response) {
  ABSL_ASSIGN_OR_RETURN(const CollectionLedger ledger, collection.Ledger());
  ToProto(ledger, response->add_collections());
  return absl::OkStatus();
}

absl::Status AddCollections(const Serving& serving, const std::string& name,
                            v1::GetStatusResponse* response) {
  if (!name.empty()) {
    ABSL_ASSIGN_OR_RETURN(const auto collection, serving.FindCollection("collection", name));
    return AddCollection(*collection, response);
  }
  ABSL_ASSIGN_OR_RETURN(const Engine* engine, serving.engine());
  for (const auto& collection : engine->List()) {
    ABSL_RETURN_IF_ERROR(AddCollection(*collection, response));
  }
  return absl::OkStatus();
}

void SetModel(const Serving& serving, v1::GetStatusResponse::Model* out) {
  const EmbeddingBackend& backend = *serving.models().default_model();
  const ModelInfo& model = backend.model();
  const absl::Status health = backend.health();
  out->set_id(model.id);
  out->set_fingerprint(model.fingerprint);
  out->set_dimensions(static_cast<int32_t>(model.dim));
  out->set_remote(model.remote);
  out->set_device(backend.device());
  out->set_health_code(static_cast<int32_t>(health.code()));
  out->set_health_message(std::string(health.message()));
  const std::optional<BatchProfile> profile = serving.batch_profile();
  if (!profile || profile->key.device != out->device()) return;
  out->set_batch_rows(static_cast<int32_t>(profile->batch_rows));
  out->set_rows_per_second(static_cast<float>(profile->rows_per_second));
  out->set_us_per_row(static_cast<float>(1e6 / profile->rows_per_second));
}

absl::Status GetStatus(const Serving& serving, const v1::GetStatusRequest& request,
                       v1::GetStatusResponse* response) {
  ABSL_ASSIGN_OR_RETURN(const Engine* engine, serving.engine());
  ABSL_RETURN_IF_ERROR(AddCollections(serving, request.collection(), response));
  ABSL_ASSIGN_OR_RETURN(const DirectoryLedger ledger, engine->Ledger());
  response->set_version(kSeekdVersion);
  response->set_api_version(kApiVersion);
  response->set_pid(getpid());
  *response->mutable_start_time() = ToTimestamp(serving.start_time_us);
  response->set_data_directory(engine->data_dir());
  SetModel(serving, response->mutable_model());
  response->set_store_bytes(static_cast<int64_t>(ledger.store_bytes));
  response->set_directory_bytes(static_cast<int64_t>(ledger.directory_bytes));
  response->set_resident_bytes(static_cast<int64_t>(ResidentBytes()));
  return absl::OkStatus();
}

class StatusServiceImpl final : public v1::StatusService::CallbackService {
 public:
  explicit StatusServiceImpl(Serving* serving) : serving_(serving) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override {
    return RunUnary(
        &serving_->readers(), context, "StatusService/GetStatus",
        [=, this](const Call&) { return seekd::GetStatus(*serving_, *request, response); });
  }

 private:
  Serving* const serving_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeStatusService(Serving* serving) {
  return std::make_unique<StatusServiceImpl>(serving);
}

}  // namespace seekd
