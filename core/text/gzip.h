// Unpacks gzip (RFC 1952), also of several members, with a limit. Pure.
#ifndef SEEKD_CORE_TEXT_GZIP_H_
#define SEEKD_CORE_TEXT_GZIP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace seekd {

// Errors: DATA_LOSS (damaged or cut, with the offset in `bytes`), RESOURCE_EXHAUSTED
// (more than `max_bytes` unpacked). Zero bytes behind the last member are padding.
absl::StatusOr<std::string> Gunzip(std::string_view bytes, uint64_t max_bytes);

}  // namespace seekd

#endif  // SEEKD_CORE_TEXT_GZIP_H_
