// A whole daemon but for the process: an engine with a fake model in a private
// folder, served over a real unix socket, and stubs that talk to it.
#ifndef SEEKD_TESTS_SERVER_SERVED_ENGINE_H_
#define SEEKD_TESTS_SERVER_SERVED_ENGINE_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "core/collection/engine.h"
#include "google/longrunning/operations.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/grpc_server.h"
#include "server/serving.h"
#include "server/unix_listener.h"
#include "tests/core/storage/temp_folder.h"
#include "tests/server/fake_models.h"
#include "tests/support/fake_backend.h"

namespace seekd::testing {

class ServedEngine {
 public:
  // The engine is opened by Open(), as a daemon does after it listens.
  explicit ServedEngine(const std::string& tcp_address = "", const CollectionOptions& options = {});
  ~ServedEngine();

  void Open();
  void Drain();

  std::shared_ptr<grpc::Channel> Connect() const;
  // The unix socket.
  std::string socket_path() const { return folder_.File("seekd.sock"); }
  const std::string& token() const { return token_; }
  int tcp_port() const { return server_->tcp_port(); }
  // Writes a file below files() and returns its path.
  std::string WriteFile(const std::string& name, const std::string& text) const;
  std::string files() const { return folder_.File("files"); }
  FakeBackend& backend() { return backend_; }
  // Of another model, "other".
  FakeBackend& other() { return other_; }

 private:
  const TempFolder folder_;
  const std::string token_ = "token-of-the-test";
  FakeBackend backend_;
  FakeBackend other_{48};
  FakeModels models_{{&backend_, &other_}};
  const CollectionOptions options_;
  std::unique_ptr<Engine> engine_;
  Serving serving_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<UnixListener> listener_;
};

// The detail of a failed call; a default one when there is none.
template <typename Message>
Message DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  Message message;
  for (const google::protobuf::Any& detail : details.details()) {
    if (detail.UnpackTo(&message)) return message;
  }
  return Message();
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_SERVER_SERVED_ENGINE_H_
