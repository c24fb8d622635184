#include "server/bearer_token.h"

#include <grpcpp/security/auth_metadata_processor.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include <utility>

#include "absl/strings/escaping.h"
#include "core/storage/posix_file.h"

namespace seekd {
namespace {

constexpr std::string_view kScheme = "Bearer ";

class TokenProcessor final : public grpc::AuthMetadataProcessor {
 public:
  explicit TokenProcessor(std::string token) : token_(std::move(token)) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext*, OutputMetadata* consumed,
                       OutputMetadata*) override {
    const auto it = metadata.find("authorization");
    if (it == metadata.end() || !IsAuthorized({it->second.data(), it->second.size()}, token_)) {
      return {grpc::StatusCode::UNAUTHENTICATED,
              "expected the metadata \"authorization: Bearer <token>\" with the token of seekd's "
              "token file"};
    }
    consumed->emplace("authorization", std::string(it->second.data(), it->second.size()));
    return grpc::Status::OK;
  }

 private:
  const std::string token_;
};

}  // namespace

absl::StatusOr<std::string> NewToken() {
  std::string bytes(32, '\0');
  if (getentropy(bytes.data(), bytes.size()) != 0) return ErrnoError("cannot read", "random bytes");
  return absl::BytesToHexString(bytes);
}

bool IsAuthorized(std::string_view header, std::string_view token) {
  if (!header.starts_with(kScheme)) return false;
  header.remove_prefix(kScheme.size());
  if (header.size() != token.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    difference |= static_cast<unsigned char>(header[i] ^ token[i]);
  }
  return difference == 0;
}

std::shared_ptr<grpc::AuthMetadataProcessor> RequireToken(std::string token) {
  return std::make_shared<TokenProcessor>(std::move(token));
}

}  // namespace seekd
