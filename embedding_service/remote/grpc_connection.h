// A gRPC channel to an inference server whose calls can be interrupted from another thread,
// and whose errors say which server and what to do.
// Thread safety: any thread may call any member.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_GRPC_CONNECTION_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_GRPC_CONNECTION_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/remote/inference_server.h"
#include "embedding_service/remote/remote_spec.h"

namespace seekd {

class GrpcConnection {
 public:
  // Connects with the first call. Errors: those of reading "ca_file".
  static absl::StatusOr<std::unique_ptr<GrpcConnection>> Open(const RemoteSpec& spec);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  bool connected() const;
  void Interrupt();

  // Runs `call` with a context that ends at `deadline`. Errors as InferenceServer's.
  absl::Status Call(CallDeadline deadline,
                    const std::function<grpc::Status(grpc::ClientContext*)>& call);

  // An error of `code` that begins with the server's name.
  absl::Status Error(absl::StatusCode code, const std::string& what) const;

 private:
  explicit GrpcConnection(const RemoteSpec& spec) : spec_(spec) {}
  bool Enter(grpc::ClientContext* context);
  void Leave(grpc::ClientContext* context);
  absl::Status ToStatus(const grpc::Status& status) const;

  const RemoteSpec spec_;
  std::shared_ptr<grpc::Channel> channel_;
  std::mutex mutex_;
  bool interrupted_ = false;                          // guarded by mutex_
  std::unordered_set<grpc::ClientContext*> running_;  // guarded by mutex_
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_GRPC_CONNECTION_H_
