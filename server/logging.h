// The daemon's log: one line per event, to standard error or a file. The only
// unit that includes spdlog. Query and document text appears at debug level
// or below only. Thread safety: any thread, after InitLogging.
#ifndef SEEKD_SERVER_LOGGING_H_
#define SEEKD_SERVER_LOGGING_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace seekd {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError, kOff };
std::optional<LogLevel> ParseLogLevel(std::string_view name);

// `file` is appended to; "": standard error. Creates it with mode 0600.
absl::Status InitLogging(LogLevel level, const std::string& file);

bool LogEnabled(LogLevel level);
void Log(LogLevel level, std::string_view message);
inline void LogDebug(std::string_view message) { Log(LogLevel::kDebug, message); }
inline void LogInfo(std::string_view message) { Log(LogLevel::kInfo, message); }
inline void LogWarning(std::string_view message) { Log(LogLevel::kWarning, message); }
inline void LogError(std::string_view message) { Log(LogLevel::kError, message); }

}  // namespace seekd

#endif  // SEEKD_SERVER_LOGGING_H_
