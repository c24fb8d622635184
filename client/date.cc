#include "client/date.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace seekd::client {
namespace {

std::optional<absl::Duration> ParseAge(const std::string& text) {
  if (text.size() < 2) return std::nullopt;
  int64_t count = 0;
  if (!absl::SimpleAtoi(text.substr(0, text.size() - 1), &count) || count < 0) return std::nullopt;
  switch (text.back()) {
    case 's':
      return absl::Seconds(count);
    case 'm':
      return absl::Minutes(count);
    case 'h':
      return absl::Hours(count);
    case 'd':
      return absl::Hours(24) * count;
    case 'w':
      return absl::Hours(7 * 24) * count;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<absl::Time> ParseDate(const std::string& text, absl::Time now, absl::TimeZone zone) {
  if (const auto age = ParseAge(text)) return now - *age;
  constexpr const char* kFormats[] = {"%Y-%m-%dT%H:%M:%E*S%Ez",
                                      "%Y-%m-%dT%H:%M%Ez",
                                      "%Y-%m-%dT%H:%M:%E*S",
                                      "%Y-%m-%dT%H:%M",
                                      "%Y-%m-%d",
                                      "%Y-%m",
                                      "%Y"};
  for (const char* format : kFormats) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(format, text, zone, &time, &error)) return time;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "expected a date such as 2024-05-17, 2024-05-17T09:30 or 7d (ago), found \"", text, "\""));
}

}  // namespace seekd::client
