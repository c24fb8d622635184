// seekd: the daemon. Options, exit codes and files: docs/daemon.md.
#include <iostream>
#include <string>
#include <vector>

#include "server/daemon.h"
#include "server/logging.h"
#include "server/options.h"
#include "server/stop_signal.h"

namespace seekd {
namespace {

int Fail(const absl::Status& status, int exit_code) {
  std::cerr << "seekd: " << status.message() << std::endl;
  return exit_code;
}

int Main(const std::vector<std::string>& arguments) {
  const absl::StatusOr<ParsedOptions> parsed =
      ParseOptions(arguments, ProcessEnvironment(), ThisPlatform());
  if (!parsed.ok()) return Fail(parsed.status(), kExitUsage);
  if (!parsed->answer.empty()) {
    std::cout << parsed->answer << std::flush;
    return 0;
  }
  const ServerOptions& options = parsed->options;
  absl::Status status = InstallStopSignal();
  if (status.ok()) status = InitLogging(*ParseLogLevel(options.log_level), options.log_file);
  if (status.ok()) status = RunDaemon(options);
  if (status.ok()) return 0;
  if (!options.log_file.empty()) LogError(std::string(status.message()));
  return Fail(status, absl::IsUnavailable(status) ? kExitInUse : kExitFailure);
}

}  // namespace
}  // namespace seekd

int main(int argc, char** argv) { return seekd::Main({argv + 1, argv + argc}); }
