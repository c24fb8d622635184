// IndexService and google.longrunning.Operations, two views of one registry.
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/posix_file.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "seekd/v1/index.grpc.pb.h"
#include "server/errors.h"
#include "server/marshalling.h"
#include "server/operation_watch.h"
#include "server/reactors.h"
#include "server/resource_names.h"
#include "server/services.h"
#include "server/serving.h"

namespace seekd {
namespace {

using google::longrunning::Operation;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr size_t kMaxRequestIdBytes = 128;

// The folder without "." and "..", and without a slash at its end.
absl::StatusOr<std::string> CheckFolder(const std::string& folder) {
  if (!folder.starts_with('/') || folder.find('\0') != std::string::npos) {
    return FieldError("folder", absl::StrCat("expected an absolute path, found \"", folder, "\""));
  }
  std::string normal = std::filesystem::path(folder).lexically_normal().string();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  struct stat info;
  if (stat(normal.c_str(), &info) != 0) {
    const absl::Status failed =
        WithResource(ErrnoError("cannot open the folder", normal), "folder", normal);
    return absl::IsNotFound(failed) ? WithReason(failed, "FOLDER_NOT_FOUND") : failed;
  }
  if (!S_ISDIR(info.st_mode)) {
    return FieldError("folder", absl::StrCat("expected a folder, ", normal, " is none"));
  }
  return normal;
}

absl::StatusOr<OperationSpec> CheckRequest(const v1::IndexFolderRequest& request) {
  OperationSpec spec;
  ABSL_ASSIGN_OR_RETURN(spec.collection, ParseCollectionName("parent", request.parent()));
  ABSL_ASSIGN_OR_RETURN(spec.folder, CheckFolder(request.folder()));
  if (request.request_id().size() > kMaxRequestIdBytes) {
    return FieldError("request_id", absl::StrCat("expected at most ", kMaxRequestIdBytes,
                                                 " bytes, found ", request.request_id().size()));
  }
  spec.request_id = request.request_id();
  return spec;
}

absl::StatusOr<std::shared_ptr<Collection>> FindOrCreate(Engine* engine, const std::string& name) {
  auto collection = engine->Find(name);
  if (!absl::IsNotFound(collection.status())) return collection;
  collection = engine->Create(name);
  // Somebody else was faster.
  if (absl::IsAlreadyExists(collection.status())) return engine->Find(name);
  return collection;
}

OperationState ValidatedOnly(OperationSpec spec) {
  OperationState state;
  state.spec = std::move(spec);
  state.progress.phase = IndexPhase::kDone;
  state.done = true;
  return state;
}

absl::Status IndexFolder(Serving* serving, const v1::IndexFolderRequest& request,
                         Operation* response) {
  ABSL_ASSIGN_OR_RETURN(Engine * engine, serving->engine());
  ABSL_ASSIGN_OR_RETURN(OperationSpec spec, CheckRequest(request));
  if (request.validate_only()) {
    ToProto(ValidatedOnly(std::move(spec)), response);
    return absl::OkStatus();
  }
  const std::string collection = spec.collection;
  const std::string folder = spec.folder;
  const auto work = [=](const CancellationPtr& cancellation,
                        const IndexProgressFn& progress) -> absl::StatusOr<OperationResult> {
    while (true) {
      ABSL_ASSIGN_OR_RETURN(const auto target, FindOrCreate(engine, collection));
      auto report = target->IndexFolder(folder, cancellation, progress);
      // It waited for a move to another model: the folder goes into what has taken its place.
      if (!absl::IsAborted(report.status())) return report;
    }
  };
  ABSL_ASSIGN_OR_RETURN(const OperationState state,
                        serving->operations().Start(std::move(spec), work));
  ToProto(state, response);
  return absl::OkStatus();
}

class IndexServiceImpl final : public v1::IndexService::CallbackService {
 public:
  explicit IndexServiceImpl(Serving* serving) : serving_(serving) {}

  ServerUnaryReactor* IndexFolder(CallbackServerContext* context,
                                  const v1::IndexFolderRequest* request,
                                  Operation* response) override {
    return RunUnary(
        &serving_->writers(), context, "IndexService/IndexFolder",
        [=, this](const Call&) { return seekd::IndexFolder(serving_, *request, response); });
  }

  grpc::ServerWriteReactor<Operation>* WatchOperation(
      CallbackServerContext* context, const v1::WatchOperationRequest* request) override {
    return OperationWatch::Start(&serving_->operations(), context, request->name());
  }

 private:
  Serving* const serving_;
};

absl::Status ListOperationsPage(const OperationRegistry& operations,
                                const google::longrunning::ListOperationsRequest& request,
                                google::longrunning::ListOperationsResponse* response) {
  ABSL_ASSIGN_OR_RETURN(const Page page, ParsePage(request.page_size(), request.page_token()));
  uint64_t after = 0;
  if (!page.after.empty() && !absl::SimpleAtoi(page.after, &after)) {
    return FieldError("page_token", "expected a next_page_token of an earlier response");
  }
  if (!request.filter().empty()) return FieldError("filter", "expected none");
  std::vector<OperationState> states = operations.List(after, page.size + 1);
  if (states.size() > page.size) {
    states.resize(page.size);
    response->set_next_page_token(FormatPageToken(absl::StrCat(states.back().id)));
  }
  for (const OperationState& state : states) ToProto(state, response->add_operations());
  return absl::OkStatus();
}

class OperationsServiceImpl final : public google::longrunning::Operations::CallbackService {
 public:
  explicit OperationsServiceImpl(Serving* serving) : serving_(serving) {}

  ServerUnaryReactor* ListOperations(
      CallbackServerContext* context, const google::longrunning::ListOperationsRequest* request,
      google::longrunning::ListOperationsResponse* response) override {
    return RunUnary(&serving_->readers(), context, "Operations/ListOperations",
                    [=, this](const Call&) {
                      return ListOperationsPage(serving_->operations(), *request, response);
                    });
  }

  ServerUnaryReactor* GetOperation(CallbackServerContext* context,
                                   const google::longrunning::GetOperationRequest* request,
                                   Operation* response) override {
    return RunUnary(
        &serving_->readers(), context, "Operations/GetOperation",
        [=, this](const Call&) -> absl::Status {
          ABSL_ASSIGN_OR_RETURN(const uint64_t id, ParseOperationName("name", request->name()));
          ABSL_ASSIGN_OR_RETURN(const OperationState state, serving_->operations().Get(id));
          ToProto(state, response);
          return absl::OkStatus();
        });
  }

  ServerUnaryReactor* CancelOperation(CallbackServerContext* context,
                                      const google::longrunning::CancelOperationRequest* request,
                                      google::protobuf::Empty*) override {
    return RunUnary(&serving_->readers(), context, "Operations/CancelOperation",
                    [=, this](const Call&) -> absl::Status {
                      ABSL_ASSIGN_OR_RETURN(const uint64_t id,
                                            ParseOperationName("name", request->name()));
                      return serving_->operations().Cancel(id);
                    });
  }

 private:
  Serving* const serving_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIndexService(Serving* serving) {
  return std::make_unique<IndexServiceImpl>(serving);
}

std::unique_ptr<grpc::Service> MakeOperationsService(Serving* serving) {
  return std::make_unique<OperationsServiceImpl>(serving);
}

}  // namespace seekd
