#include "embedding_service/remote/grpc_connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/atomic_file.h"

namespace seekd {
namespace {

constexpr uint64_t kMaxCaBytes = 16 << 20;
constexpr int kFirstReconnectMs = 100;
// A server that has come back is found within a second, not within gRPC's two minutes.
constexpr int kSlowestReconnectMs = 1000;
constexpr int64_t kMessageOverheadBytes = 1 << 20;

// One vector for each token of a full call, in fp32; or of the longest input and the row that
// checks the server.
int LargestAnswerBytes(const RemoteSpec& spec) {
  const uint64_t tokens =
      std::max<uint64_t>(spec.max_batch_tokens, 2 * (uint64_t{spec.max_input_tokens} + 2));
  const double bytes = 4.0 * static_cast<double>(tokens) * spec.dim + kMessageOverheadBytes;
  return static_cast<int>(std::min<double>(bytes, INT_MAX));
}

grpc::ChannelArguments ArgumentsOf(const RemoteSpec& spec) {
  grpc::ChannelArguments arguments;
  // Text goes to the configured server and to no proxy that an environment variable names.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Retrying is RemoteEncoder's: it has to check the server before.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kSlowestReconnectMs);
  // Channels to equal targets share a connection otherwise, and hide that it was lost.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(LargestAnswerBytes(spec));
  return arguments;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const RemoteSpec& spec) {
  if (!spec.address.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!spec.ca_file.empty()) {
    ABSL_ASSIGN_OR_RETURN(options.pem_root_certs, ReadWholeFile(spec.ca_file, kMaxCaBytes));
  }
  return grpc::SslCredentials(options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcConnection>> GrpcConnection::Open(const RemoteSpec& spec) {
  std::unique_ptr<GrpcConnection> connection(new GrpcConnection(spec));
  ABSL_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(spec));
  connection->channel_ =
      grpc::CreateCustomChannel("dns:///" + spec.address.Target(), credentials, ArgumentsOf(spec));
  return connection;
}

bool GrpcConnection::connected() const {
  return channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
}

void GrpcConnection::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  for (grpc::ClientContext* context : running_) context->TryCancel();
}

bool GrpcConnection::Enter(grpc::ClientContext* context) {
  const std::lock_guard lock(mutex_);
  if (!interrupted_) running_.insert(context);
  return !interrupted_;
}

void GrpcConnection::Leave(grpc::ClientContext* context) {
  const std::lock_guard lock(mutex_);
  running_.erase(context);
}

absl::Status GrpcConnection::Call(CallDeadline deadline,
                                  const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  if (!Enter(&context)) return Error(absl::StatusCode::kUnavailable, "seekd is shutting down");
  const grpc::Status status = call(&context);
  Leave(&context);
  return ToStatus(status);
}

absl::Status GrpcConnection::Error(absl::StatusCode code, const std::string& what) const {
  return absl::Status(code, absl::StrCat(spec_.Describe(), ": ", what));
}

absl::Status GrpcConnection::ToStatus(const grpc::Status& status) const {
  using Code = absl::StatusCode;
  const std::string& said = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return absl::OkStatus();
    case grpc::StatusCode::UNAVAILABLE:
      return Error(Code::kUnavailable,
                   absl::StrCat("the inference server cannot be reached (", said,
                                "). Start it, or correct \"url\" in the model's config.json"));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Error(Code::kUnavailable,
                   absl::StrCat("no answer within ", spec_.deadline.count(),
                                " ms (\"deadline_ms\" in the model's config.json)"));
    case grpc::StatusCode::CANCELLED:
      return Error(Code::kUnavailable, "the call was cancelled: " + said);
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Error(Code::kResourceExhausted, "it has too much to do: " + said);
    case grpc::StatusCode::UNIMPLEMENTED:
      return Error(Code::kFailedPrecondition,
                   absl::StrCat("it does not speak the configured \"protocol\" (", said, ")"));
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return Error(Code::kFailedPrecondition, said);
    default:
      return Error(Code::kInternal,
                   absl::StrCat("it answered error ", status.error_code(), ": ", said));
  }
}

}  // namespace seekd
