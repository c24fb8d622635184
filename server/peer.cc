#include "server/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "core/storage/posix_file.h"

namespace seekd {

#ifdef __APPLE__
absl::StatusOr<Peer> PeerOf(int socket) {
  uid_t uid = 0;
  gid_t gid = 0;
  if (getpeereid(socket, &uid, &gid) != 0)
    return ErrnoError("cannot identify the peer of", "socket");
  return Peer{uid, 0};
}
#else
absl::StatusOr<Peer> PeerOf(int socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return ErrnoError("cannot identify the peer of", "socket");
  }
  return Peer{credentials.uid, credentials.pid};
}
#endif

absl::Status CheckPeer(const Peer& peer, uid_t own_uid) {
  if (peer.uid == own_uid) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("expected user ", own_uid, ", found user ",
                                                  peer.uid, " (process ", peer.pid, ")"));
}

}  // namespace seekd
