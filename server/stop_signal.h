// SIGTERM and SIGINT: the first asks the daemon to drain, the second ends it at
// once with status 128 + signal. SIGPIPE is ignored. One per process.
#ifndef SEEKD_SERVER_STOP_SIGNAL_H_
#define SEEKD_SERVER_STOP_SIGNAL_H_

#include <chrono>
#include <optional>

#include "absl/status/status.h"

namespace seekd {

// Before any other thread starts.
absl::Status InstallStopSignal();

// Waits for the first signal, at most so long. Whether it has come.
bool WaitForStopSignal(std::optional<std::chrono::milliseconds> timeout);

}  // namespace seekd

#endif  // SEEKD_SERVER_STOP_SIGNAL_H_
