#include "client/endpoint.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/rpc_status.h"
#include "core/base/location.h"

namespace seekd::client {
namespace {

absl::Status ConnectError(const std::string& path, int error) {
  const std::string what = absl::StrCat(path, ": ", std::strerror(error));
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(absl::StrCat("cannot open the daemon's socket ", what));
  }
  return WithReason(absl::UnavailableError(absl::StrCat("no daemon listens on ", what)),
                    "DAEMON_NOT_RUNNING");
}

}  // namespace

absl::Status ProbeSocket(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("expected a socket path of at most ",
                                                   sizeof(address.sun_path) - 1, " bytes, found ",
                                                   socket_path.size(), ": ", socket_path));
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return absl::InternalError(absl::StrCat("socket: ", std::strerror(errno)));
  const int rc = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = errno;
  close(fd);
  return rc == 0 ? absl::OkStatus() : ConnectError(socket_path, error);
}

absl::Status CheckSocketFolder(const std::string& socket_path) {
  if (socket_path != DefaultSocketPath(ProcessEnvironment(), ThisPlatform())) {
    return absl::OkStatus();
  }
  const std::string folder = socket_path.substr(0, socket_path.rfind('/'));
  const absl::Status status = CheckPrivateFolder(folder);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return absl::NotFoundError(absl::StrCat("token file ", path, ": ", std::strerror(errno)));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("token file %s: expected mode 0600, found 0%o; run: chmod 600 %s", path,
                        info.st_mode & 0777, path));
  }
  std::ifstream file(path);
  std::string token;
  if (!std::getline(file, token) || token.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("token file ", path, ": expected a token on its first line"));
  }
  return token;
}

}  // namespace seekd::client
