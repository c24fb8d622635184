// The configuration file's syntax: lines `key = value`, a subset of TOML 1.0
// without tables. A value is "basic", 'literal', or bare (a number, true,
// false); `#` begins a comment outside quotes. Pure.
#ifndef SEEKD_SERVER_CONFIG_FILE_H_
#define SEEKD_SERVER_CONFIG_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace seekd {

struct ConfigEntry {
  std::string key;
  std::string value;
  size_t line = 0;  // from 1
};

// INVALID_ARGUMENT "<path>:<line>: ...", also for a key that stands twice.
absl::StatusOr<std::vector<ConfigEntry>> ParseConfig(std::string_view text,
                                                     const std::string& path);

}  // namespace seekd

#endif  // SEEKD_SERVER_CONFIG_FILE_H_
