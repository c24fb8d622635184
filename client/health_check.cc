#include "client/health_check.h"

#include <string>
#include <vector>

#include "client/rpc_status.h"
#include "core/base/status_macros.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace seekd::client {
namespace {

constexpr char kMethod[] = "/grpc.health.v1.Health/Check";

absl::StatusOr<std::string> CallUnary(const std::shared_ptr<grpc::Channel>& channel,
                                      grpc::ClientContext* context) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const grpc::Slice empty_request;
  const grpc::ByteBuffer request(&empty_request, 1);
  const auto call = stub.PrepareUnaryCall(context, kMethod, request, &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  ABSL_RETURN_IF_ERROR(FromGrpcStatus(status));
  std::vector<grpc::Slice> slices;
  response.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

bool SaysServing(std::string_view health_check_response) {
  // Field 1, varint, value SERVING = 1.
  return health_check_response == std::string_view("\x08\x01", 2);
}

absl::Status CheckServing(const std::shared_ptr<grpc::Channel>& channel,
                          grpc::ClientContext* context) {
  ABSL_ASSIGN_OR_RETURN(const std::string response, CallUnary(channel, context));
  if (SaysServing(response)) return absl::OkStatus();
  return absl::UnavailableError("the daemon is up, but does not serve yet (or not any more)");
}

}  // namespace seekd::client
