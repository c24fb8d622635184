#include "server/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/bearer_token.h"
#include "server/services.h"

namespace seekd {
namespace {

constexpr int kMaxReceiveBytes = 16 << 20;
// Clients may ping so often without being told off.
constexpr int kMinPingIntervalMs = 10'000;

constexpr const char* kServiceNames[] = {
    "",
    "google.longrunning.Operations",
    "seekd.v1.CollectionService",
    "seekd.v1.DocumentService",
    "seekd.v1.IndexService",
    "seekd.v1.SearchService",
    "seekd.v1.StatusService",
};

std::vector<std::unique_ptr<grpc::Service>> MakeServices(Serving* serving) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(MakeCollectionService(serving));
  services.push_back(MakeDocumentService(serving));
  services.push_back(MakeIndexService(serving));
  services.push_back(MakeModelService(serving));
  services.push_back(MakeOperationsService(serving));
  services.push_back(MakeSearchService(serving));
  services.push_back(MakeStatusService(serving));
  return services;
}

void Configure(grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // With it, a second server on the port would start silently.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

// Local credentials do not encrypt; unlike insecure ones they admit a
// processor that sees every call, health and reflection included.
std::shared_ptr<grpc::ServerCredentials> TokenCredentials(const std::string& token) {
  auto credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
  credentials->SetAuthMetadataProcessor(RequireToken(token));
  return credentials;
}

void EnablePluginsOnce() {
  static const bool enabled = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)enabled;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(Serving* serving,
                                                              const TcpAccess& tcp) {
  EnablePluginsOnce();
  std::unique_ptr<GrpcServer> server(new GrpcServer());
  server->services_ = MakeServices(serving);
  grpc::ServerBuilder builder;
  Configure(&builder);
  for (const auto& service : server->services_) builder.RegisterService(service.get());
  if (!tcp.address.empty()) {
    builder.AddListeningPort(tcp.address, TokenCredentials(tcp.token), &server->tcp_port_);
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot start the gRPC server",
                     tcp.address.empty() ? "" : absl::StrCat("; is ", tcp.address, " in use?")));
  }
  server->SetHealthy(false);
  return server;
}

GrpcServer::~GrpcServer() { Shutdown(std::chrono::milliseconds(0)); }

void GrpcServer::AddConnection(UniqueFd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.Release());
}

void GrpcServer::SetHealthy(bool healthy) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  for (const char* name : kServiceNames) health->SetServingStatus(name, healthy);
}

void GrpcServer::Shutdown(std::chrono::milliseconds grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + grace);
  server_.reset();
}

}  // namespace seekd
