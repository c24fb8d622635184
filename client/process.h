// Starting other programs: a detached daemon, and short commands whose output is read.
#ifndef SEEKD_CLIENT_PROCESS_H_
#define SEEKD_CLIENT_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace seekd::client {

// Starts arguments[0], an absolute path, in a session of its own with no signals
// blocked or ignored, its input closed and its output appended to `log_path`
// (created with mode 0600). Returns its process id.
absl::StatusOr<pid_t> SpawnDetached(const std::vector<std::string>& arguments,
                                    const std::string& log_path);

// Whether a process that this one started still runs; reaps it when it has ended.
bool StillRuns(pid_t child);

struct CommandResult {
  int exit_code = -1;
  // Standard output and standard error together.
  std::string output;
};

// Runs a program found in PATH and waits. NOT_FOUND when there is none.
absl::StatusOr<CommandResult> RunCommand(const std::vector<std::string>& arguments);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_PROCESS_H_
