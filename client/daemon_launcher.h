// Finding, starting and stopping the daemon from a client's side: the rule that
// a desktop application follows as well (docs/seek.md, "Starting the daemon").
#ifndef SEEKD_CLIENT_DAEMON_LAUNCHER_H_
#define SEEKD_CLIENT_DAEMON_LAUNCHER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/seekd_client.h"

namespace seekd::client {

struct LaunchOptions {
  // Where to look for a daemon and how to talk to it.
  ConnectOptions connect;
  // Passed to a daemon that is started; empty: its default.
  std::string data_dir;
  // The executable; empty: FindSeekd().
  std::string seekd_path;
  // How long a daemon may take from its start to SERVING; from a slow, cold disk its
  // libraries alone take a good part of it.
  double start_timeout_seconds = 60;
  // Told "starting ..." when one is started. May be empty.
  std::function<void(const std::string&)> on_message;
};

// A client of a daemon that serves; starts one when nothing listens on the
// socket. Checks the API version and, when data_dir is given, that the daemon
// serves that directory. A daemon that does not come up: UNAVAILABLE (reason
// DAEMON_START_FAILED) with the end of its log.
absl::StatusOr<std::unique_ptr<Client>> EnsureDaemon(const LaunchOptions& options);

// Asks the daemon to drain (SIGTERM) and waits until it has gone. DEADLINE_EXCEEDED.
absl::Status StopDaemon(const ConnectOptions& connect, double timeout_seconds = 60);

// The absolute path of seekd: beside this program, else in PATH. NOT_FOUND.
absl::StatusOr<std::string> FindSeekd();

// <data>/seekd.log, where a daemon started from here writes.
absl::StatusOr<std::string> LogPath(const std::string& data_dir);

namespace internal {

// The absolute path of this program's file; empty where the system does not say.
std::string SelfPath();

// The first executable file `name` in the folders of a PATH-like list; empty: none.
std::string FindInPath(const std::string& name, const std::string& path_list);

// The last `lines` lines of a file; empty when it cannot be read.
std::string TailOf(const std::string& path, int lines);

std::vector<std::string> SeekdArguments(const LaunchOptions& options, const std::string& seekd);

}  // namespace internal
}  // namespace seekd::client

#endif  // SEEKD_CLIENT_DAEMON_LAUNCHER_H_
