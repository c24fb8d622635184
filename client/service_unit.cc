#include "client/service_unit.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/service_templates.h"
#include "core/base/status_macros.h"

namespace seekd::client {
namespace {

constexpr char kExecStart[] = "ExecStart=/usr/bin/seekd\n";
constexpr char kProgramArguments[] = "    <string>/usr/local/bin/seekd</string>\n";
constexpr char kPlistEnd[] = "</dict>\n</plist>\n";

absl::Status CheckWords(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const bool has_control = std::any_of(word.begin(), word.end(),
                                         [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (has_control) {
      return absl::InvalidArgumentError(
          "expected paths without control characters for a service file, found one with some");
    }
  }
  return absl::OkStatus();
}

std::string EscapeXml(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

std::string PlistString(const std::string& text) {
  return absl::StrCat("<string>", EscapeXml(text), "</string>\n");
}

// REQUIRES: `text` contains `from`; the tests render both templates.
std::string ReplaceLast(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.rfind(from), from.size(), to);
}

}  // namespace

std::string QuoteForSystemd(std::string_view word) {
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    if (c == '%' || c == '$') quoted.push_back(c);
    quoted.push_back(c);
  }
  return quoted + "\"";
}

absl::StatusOr<std::string> RenderSystemdUnit(const std::vector<std::string>& command) {
  ABSL_RETURN_IF_ERROR(CheckWords(command));
  const std::string words = absl::StrJoin(
      command, " ",
      [](std::string* out, const std::string& word) { out->append(QuoteForSystemd(word)); });
  return ReplaceLast(kSystemdTemplate, kExecStart, absl::StrCat("ExecStart=", words, "\n"));
}

absl::StatusOr<std::string> RenderLaunchdAgent(const std::vector<std::string>& command,
                                               const std::string& log_path) {
  ABSL_RETURN_IF_ERROR(CheckWords(command));
  ABSL_RETURN_IF_ERROR(CheckWords({log_path}));
  std::string words;
  for (const std::string& word : command) absl::StrAppend(&words, "    ", PlistString(word));
  std::string logs;
  for (const char* key : {"StandardOutPath", "StandardErrorPath"}) {
    absl::StrAppend(&logs, "  <key>", key, "</key>\n  ", PlistString(log_path));
  }
  return ReplaceLast(ReplaceLast(kLaunchdTemplate, kProgramArguments, words), kPlistEnd,
                     absl::StrCat(logs, kPlistEnd));
}

}  // namespace seekd::client
