// Finding and checking the address of a daemon before a channel is made, so
// that a missing daemon is told apart from a broken one, at once.
#ifndef SEEKD_CLIENT_ENDPOINT_H_
#define SEEKD_CLIENT_ENDPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd::client {

// OK when something accepts connections on `socket_path`. UNAVAILABLE with
// reason DAEMON_NOT_RUNNING when nothing does; INVALID_ARGUMENT for a path that
// is too long for a socket; PERMISSION_DENIED.
absl::Status ProbeSocket(const std::string& socket_path);

// That nobody else can have put a socket at `socket_path` when it is the default
// one, which may lie below the world-writable /tmp. A path that a person named is
// trusted. OK when the folder does not exist.
absl::Status CheckSocketFolder(const std::string& socket_path);

// The first line of a token file. FAILED_PRECONDITION when others may read it.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_ENDPOINT_H_
