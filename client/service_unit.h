// The service files that keep seekd running: deploy's templates with a command
// line of this machine. Pure.
#ifndef SEEKD_CLIENT_SERVICE_UNIT_H_
#define SEEKD_CLIENT_SERVICE_UNIT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd::client {

inline constexpr char kSystemdUnitName[] = "seekd.service";
inline constexpr char kLaunchdLabel[] = "dev.seekd.seekd";

// deploy/systemd/seekd.service with `command` (absolute program, arguments) in
// ExecStart. INVALID_ARGUMENT for arguments with control characters.
absl::StatusOr<std::string> RenderSystemdUnit(const std::vector<std::string>& command);

// deploy/launchd/dev.seekd.seekd.plist with `command` in ProgramArguments and
// output going to `log_path`.
absl::StatusOr<std::string> RenderLaunchdAgent(const std::vector<std::string>& command,
                                               const std::string& log_path);

// One word of ExecStart as systemd.service(5) reads it: quoted, with specifiers
// and variables switched off.
std::string QuoteForSystemd(std::string_view word);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_SERVICE_UNIT_H_
