// Where a person's daemon keeps its data and listens, so that the daemon, the
// shell client and any other program find each other without configuration
// (docs/daemon.md, "Finding the daemon").
//
//              data                                      socket
//   Linux      $XDG_DATA_HOME/seekd, else                $XDG_RUNTIME_DIR/seekd/seekd.sock, else
//              ~/.local/share/seekd                      /tmp/seekd-<uid>/seekd.sock
//   macOS      ~/Library/Application Support/seekd       $TMPDIR/seekd/seekd.sock, else
//                                                        /tmp/seekd-<uid>/seekd.sock
//
// SEEKD_DATA and SEEKD_SOCKET override both. XDG variables that are not
// absolute paths are ignored (XDG Base Directory Specification 0.8).
// Thread safety: pure, but for the process environment and the file system.
#ifndef SEEKD_CORE_BASE_LOCATION_H_
#define SEEKD_CORE_BASE_LOCATION_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd {

// Looks a variable up; nullopt when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment ProcessEnvironment();

struct Platform {
  bool macos = false;
  unsigned uid = 0;
};
Platform ThisPlatform();

// FAILED_PRECONDITION when neither the variables above nor HOME are set.
absl::StatusOr<std::string> DefaultDataDir(const Environment& environment,
                                           const Platform& platform);
absl::StatusOr<std::string> DefaultConfigFile(const Environment& environment,
                                              const Platform& platform);
std::string DefaultSocketPath(const Environment& environment, const Platform& platform);

// The path, or SEEKD_SOCKET when it is empty, or the default. What a client connects to.
std::string ResolveSocketPath(const std::string& path);

// That nobody else can put a socket into `folder`: FAILED_PRECONDITION unless
// it is a folder, not a symbolic link, owned by this user, of mode 0700.
// NOT_FOUND. A client checks it before it connects to the default path.
absl::Status CheckPrivateFolder(const std::string& folder);

}  // namespace seekd

#endif  // SEEKD_CORE_BASE_LOCATION_H_
