// The daemon's life (docs/daemon.md):
//   listen → answer health with NOT_SERVING → open model and data → SERVING →
//   wait for a signal → NOT_SERVING → refuse new work, stop operations →
//   let calls end → sync.
#ifndef SEEKD_SERVER_DAEMON_H_
#define SEEKD_SERVER_DAEMON_H_

#include "absl/status/status.h"
#include "server/options.h"

namespace seekd {

// Exit codes of the program.
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 64;  // EX_USAGE: a bad option or configuration file
inline constexpr int kExitInUse = 75;  // EX_TEMPFAIL: another daemon has the data or the socket

// REQUIRES: InstallStopSignal and InitLogging. Returns when it has drained.
// UNAVAILABLE: another process holds the data folder, the socket or the port.
absl::Status RunDaemon(const ServerOptions& options);

}  // namespace seekd

#endif  // SEEKD_SERVER_DAEMON_H_
