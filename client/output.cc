#include "client/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "client/rpc_status.h"
#include "client/terminal_text.h"

namespace seekd::client {
namespace {

bool ColorsWanted() {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const char* terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string HintForReason(const std::string& reason) {
  if (reason == "DAEMON_NOT_RUNNING") {
    return "start it with: seek daemon start (or keep it running with: seek service install)";
  }
  if (reason == "DOCUMENT_NOT_FOUND") return "seek -c NAME ls lists the documents";
  if (reason == "API_VERSION_MISMATCH") {
    return "install seek and seekd of the same release, then: seek daemon stop";
  }
  return "";
}

}  // namespace

ExitCode ExitCodeFor(const absl::Status& status, bool interrupted) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnknown:
      return ExitCode::kInternal;
    case absl::StatusCode::kCancelled:
      return interrupted ? ExitCode::kInterrupted : ExitCode::kRefused;
    default:
      return ExitCode::kRefused;
  }
}

Output::Output(const Options& options)
    : options_(options),
      stdout_is_terminal_(isatty(STDOUT_FILENO) == 1),
      stderr_is_terminal_(isatty(STDERR_FILENO) == 1),
      color_(stdout_is_terminal_ && !options.no_color && ColorsWanted()) {}

bool Output::stdin_is_terminal() const { return isatty(STDIN_FILENO) == 1; }

int Output::width() const {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void Output::WriteTo(FILE* file, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) failed_ = true;
}

void Output::Write(std::string_view text) {
  LiveLine("");
  WriteTo(stdout, text);
}

void Output::WriteLine(std::string_view line) {
  Write(line);
  WriteTo(stdout, "\n");
}

void Output::WriteJson(const Json& value) { WriteLine(DumpJson(value, stdout_is_terminal_)); }

void Output::Note(std::string_view line) {
  if (options_.quiet) return;
  std::fflush(stdout);  // both may go to one pipe
  LiveLine("");
  WriteTo(stderr, absl::StrCat(std::string(line), "\n"));
}

void Output::LiveLine(std::string_view line) {
  if (line.empty() && !live_line_shown_) return;
  if (options_.quiet) return;
  WriteTo(stderr, "\r\x1b[K");
  WriteTo(stderr, line);
  std::fflush(stderr);
  live_line_shown_ = !line.empty();
}

void Output::Error(const absl::Status& status) {
  LiveLine("");
  std::fflush(stdout);
  const std::string text = options_.json ? DumpJson(ErrorJson(status), false) : ErrorText(status);
  WriteTo(stderr, text + "\n");
}

bool Output::Flush() {
  LiveLine("");
  if (std::fflush(stdout) != 0) failed_ = true;
  return !failed_;
}

Json ErrorJson(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  Json error = {{"code", absl::StatusCodeToString(status.code())},
                {"reason", details.reason},
                {"message", std::string(status.message())},
                {"metadata", Json::object()}};
  for (const auto& [key, value] : details.metadata) error["metadata"][key] = value;
  for (const auto& [field, description] : details.violations) {
    error["field_violations"].push_back({{"field", field}, {"description", description}});
  }
  if (details.retry_seconds >= 0) error["retry_seconds"] = details.retry_seconds;
  return {{"error", error}};
}

std::string ErrorText(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  const std::string message(status.message());
  std::string text =
      "seek: " +
      EscapeForTerminal(message.empty() ? absl::StatusCodeToString(status.code()) : message, true);
  for (const auto& [field, description] : details.violations) {
    // The message often repeats the only violation.
    if (message.find(description) != std::string::npos) continue;
    absl::StrAppend(&text, "\n  ", OneLine(field), ": ", OneLine(description));
  }
  if (details.retry_seconds >= 0) {
    absl::StrAppend(&text, "\n  try again in ", FormatDuration(details.retry_seconds));
  }
  if (const std::string hint = HintFor(status); !hint.empty()) absl::StrAppend(&text, "\n  ", hint);
  return text;
}

std::string HintFor(const absl::Status& status) {
  std::string hint = HintForReason(DetailsOf(status).reason);
  if (!hint.empty()) return hint;
  switch (status.code()) {
    case absl::StatusCode::kUnimplemented:
      return "the daemon does not know this call; install seek and seekd of the same release";
    case absl::StatusCode::kDeadlineExceeded:
      return "allow more time: --deadline MS, --timeout SECONDS";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return "the daemon's log says more: seek daemon status names it";
    default:
      return "";
  }
}

std::string DumpJson(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

}  // namespace seekd::client
