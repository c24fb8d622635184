#include "server/logging.h"

#include <fcntl.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/posix_file.h"

namespace seekd {
namespace {

struct LevelName {
  std::string_view name;
  LogLevel level;
  spdlog::level::level_enum spdlog_level;
};
constexpr std::array<LevelName, 6> kLevels = {{
    {"trace", LogLevel::kTrace, spdlog::level::trace},
    {"debug", LogLevel::kDebug, spdlog::level::debug},
    {"info", LogLevel::kInfo, spdlog::level::info},
    {"warning", LogLevel::kWarning, spdlog::level::warn},
    {"error", LogLevel::kError, spdlog::level::err},
    {"off", LogLevel::kOff, spdlog::level::off},
}};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  return kLevels[static_cast<size_t>(level)].spdlog_level;
}

absl::StatusOr<std::shared_ptr<spdlog::sinks::sink>> MakeSink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  // Names of collections and files stand in it: not for other users.
  ABSL_RETURN_IF_ERROR(OpenFd(file, O_WRONLY | O_CREAT | O_APPEND, 0600).status());
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat("cannot open the log file: ", error.what()));
  }
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  for (const LevelName& level : kLevels) {
    if (level.name == name) return level.level;
  }
  return std::nullopt;
}

absl::Status InitLogging(LogLevel level, const std::string& file) {
  ABSL_ASSIGN_OR_RETURN(auto sink, MakeSink(file));
  auto logger = std::make_shared<spdlog::logger>("seekd", std::move(sink));
  logger->set_level(ToSpdlog(level));
  logger->flush_on(spdlog::level::info);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

bool LogEnabled(LogLevel level) {
  return spdlog::default_logger_raw()->should_log(ToSpdlog(level));
}

void Log(LogLevel level, std::string_view message) {
  if (!LogEnabled(level)) return;
  // One event is one line, whatever names it quotes.
  std::string line(message);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  spdlog::default_logger_raw()->log(ToSpdlog(level),
                                    spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace seekd
