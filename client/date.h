// Dates as a person types them, for filters.
#ifndef SEEKD_CLIENT_DATE_H_
#define SEEKD_CLIENT_DATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace seekd::client {

// "2024", "2024-05", "2024-05-17": the beginning of that year, month or day in
// `zone`; "2024-05-17T09:30", with seconds and with a zone ("Z", "+02:00") at will;
// "90s", "30m", "12h", "7d", "4w": so long before `now`. INVALID_ARGUMENT.
absl::StatusOr<absl::Time> ParseDate(const std::string& text, absl::Time now, absl::TimeZone zone);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_DATE_H_
