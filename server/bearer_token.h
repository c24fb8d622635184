// Access control of the TCP listener: every call must carry the metadata
// "authorization: Bearer <token>". The token is random, of 256 bits, and lies
// in a file that only this user can read.
#ifndef SEEKD_SERVER_BEARER_TOKEN_H_
#define SEEKD_SERVER_BEARER_TOKEN_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace grpc {
class AuthMetadataProcessor;
}

namespace seekd {

// 64 hexadecimal digits from the operating system's random source.
absl::StatusOr<std::string> NewToken();

// Whether `header` is "Bearer <token>"; takes the same time wherever they differ.
bool IsAuthorized(std::string_view header, std::string_view token);

// Refuses calls without the token with UNAUTHENTICATED before any service sees them.
std::shared_ptr<grpc::AuthMetadataProcessor> RequireToken(std::string token);

}  // namespace seekd

#endif  // SEEKD_SERVER_BEARER_TOKEN_H_
