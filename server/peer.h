// Who is at the other end of a unix socket. Pure, but for the system call.
#ifndef SEEKD_SERVER_PEER_H_
#define SEEKD_SERVER_PEER_H_

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;  // 0 where the system does not tell
};

// SO_PEERCRED, on macOS getpeereid.
absl::StatusOr<Peer> PeerOf(int socket);

// PERMISSION_DENIED unless the peer is the user this daemon runs as. Not even
// root is let in: whoever is root can become that user.
absl::Status CheckPeer(const Peer& peer, uid_t own_uid);

}  // namespace seekd

#endif  // SEEKD_SERVER_PEER_H_
