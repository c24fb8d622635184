// The gRPC server: all services of `serving`, health v1 and reflection, fed
// with connections from a UnixListener and, when asked, a loopback TCP port.
// Thread safety: any thread may call any member; nothing after Shutdown.
#ifndef SEEKD_SERVER_GRPC_SERVER_H_
#define SEEKD_SERVER_GRPC_SERVER_H_

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/storage/posix_file.h"
#include "server/serving.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace seekd {

struct TcpAccess {
  std::string address;  // "127.0.0.1:0"; "": no TCP
  std::string token;
};

class GrpcServer {
 public:
  // Healthy only after SetHealthy(true). UNAVAILABLE: the TCP address is taken.
  // `serving` must outlive the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(Serving* serving, const TcpAccess& tcp);
  ~GrpcServer();

  // A connected, non-blocking socket, whose peer has been checked.
  void AddConnection(UniqueFd connection);
  // What health v1 says of the server and of each service.
  void SetHealthy(bool healthy);
  // Calls in flight may end in `grace`; then they are cancelled. Returns when all have ended.
  void Shutdown(std::chrono::milliseconds grace);

  int tcp_port() const { return tcp_port_; }  // 0: no TCP

 private:
  GrpcServer() = default;

  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  int tcp_port_ = 0;
};

}  // namespace seekd

#endif  // SEEKD_SERVER_GRPC_SERVER_H_
