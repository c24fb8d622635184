// Accepts connections on a unix socket: mode 0600, in a folder that others
// cannot write to, from this user's processes only. gRPC's own listener does
// not check the peer and silently steals the path of a live server.
//
// A lock on <path>.lock, held as long as the listener lives, tells a live
// daemon from a socket file left behind by a killed one.
// Thread safety: Start and Stop belong to one thread.
#ifndef SEEKD_SERVER_UNIX_LISTENER_H_
#define SEEKD_SERVER_UNIX_LISTENER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "core/storage/atomic_file.h"
#include "core/storage/posix_file.h"

namespace seekd {

class UnixListener {
 public:
  using OnConnection = std::function<void(UniqueFd connection)>;

  // Takes the socket that systemd listens on for us (LISTEN_PID, LISTEN_FDS;
  // sd_listen_fds(3)) where there is one, else binds `path`, making its folder
  // when it is missing. UNAVAILABLE: another process listens there.
  // INVALID_ARGUMENT: longer than a socket address holds. FAILED_PRECONDITION:
  // something else is in the way, or others may write to the folder.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Open(const std::string& path);
  ~UnixListener();

  // Non-blocking sockets of accepted peers, on the listener's own thread.
  void Start(OnConnection on_connection);
  // No more connections. Removes the socket file.
  void Stop();

 private:
  UnixListener(std::string path, FileLock lock, UniqueFd socket, bool is_inherited,
               UniqueFd wake_in, UniqueFd wake_out);
  void Run();
  void AcceptOne();

  const std::string path_;
  FileLock lock_;
  UniqueFd socket_;
  const bool is_inherited_;
  UniqueFd wake_in_;  // of a pipe that ends the loop when it is closed
  UniqueFd wake_out_;
  OnConnection on_connection_;
  std::thread thread_;
};

// The longest path that a socket address holds, in bytes.
size_t MaxSocketPathBytes();

}  // namespace seekd

#endif  // SEEKD_SERVER_UNIX_LISTENER_H_
