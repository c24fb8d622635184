// What `seek` writes: results to standard output, everything else to standard
// error; colours only on a terminal; errors with what, why and what to do.
#ifndef SEEKD_CLIENT_OUTPUT_H_
#define SEEKD_CLIENT_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace seekd::client {

using Json = nlohmann::ordered_json;

// Documented in docs/seek.md; scripts rely on them.
enum class ExitCode {
  kOk = 0,
  kNoHits = 1,
  kUsage = 2,
  kUnreachable = 3,
  kRefused = 4,
  kInternal = 5,
  kInterrupted = 130,
};

ExitCode ExitCodeFor(const absl::Status& status, bool interrupted);

class Output {
 public:
  struct Options {
    bool json = false;
    bool quiet = false;
    bool no_color = false;
  };
  explicit Output(const Options& options);

  bool json() const { return options_.json; }
  bool stdout_is_terminal() const { return stdout_is_terminal_; }
  bool stderr_is_terminal() const { return stderr_is_terminal_; }
  bool stdin_is_terminal() const;
  // Columns of the terminal on standard error; 80 when unknown.
  int width() const;

  // Escape sequences, empty where colours are off.
  std::string_view bold() const { return color_ ? "\x1b[1m" : ""; }
  std::string_view dim() const { return color_ ? "\x1b[2m" : ""; }
  std::string_view reset() const { return color_ ? "\x1b[0m" : ""; }

  // To standard output, as it is.
  void Write(std::string_view text);
  void WriteLine(std::string_view line);
  // One JSON value on a line of its own.
  void WriteJson(const Json& value);

  // To standard error, unless quiet. `line` is printable already.
  void Note(std::string_view line);
  // One live line on a terminal, replaced by the next; empty text removes it.
  void LiveLine(std::string_view line);
  // Error, why, what to do; with --json one JSON object. To standard error.
  void Error(const absl::Status& status);

  // False when standard output could not take everything (a full disk).
  bool Flush();

 private:
  void WriteTo(FILE* file, std::string_view text);

  const Options options_;
  const bool stdout_is_terminal_;
  const bool stderr_is_terminal_;
  const bool color_;
  bool live_line_shown_ = false;
  bool failed_ = false;
};

// {"error": {"code", "reason", "message", "metadata", ["field_violations"], ["retry_seconds"]}}
Json ErrorJson(const absl::Status& status);

// "seek: <message>" with what the details add and what to do.
std::string ErrorText(const absl::Status& status);

// What to do about an error; empty where nothing general can be said.
std::string HintFor(const absl::Status& status);

// Text for JSON: invalid UTF-8 replaced by U+FFFD; everything but ASCII escaped
// where `ascii`.
std::string DumpJson(const Json& value, bool ascii);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_OUTPUT_H_
