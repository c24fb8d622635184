// Where a model lies: which repository and revision of which hub, and the addresses of its
// listing and files there (Hugging Face Hub API, "model info" and "resolve").
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_HUB_ADDRESS_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_HUB_ADDRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace seekd {

inline constexpr char kDefaultHub[] = "https://huggingface.co";

struct HubAddress {
  std::string repository;  // "ORG/NAME": ASCII letters, digits, '.', '_' and '-'
  std::string revision;    // not ""
  std::string endpoint;    // https, no slash at its end

  std::string ListingUrl() const;
  // `commit` and `name` are percent-encoded where they have to be.
  std::string FileUrl(std::string_view commit, std::string_view name) const;
  // "ORG/NAME@REVISION at ENDPOINT", for messages.
  std::string Describe() const;
};

// "" is the revision "main" and the endpoint kDefaultHub. INVALID_ARGUMENT: what was expected of
// which part. An endpoint holds no user name and no query, so it can be recorded and shown.
absl::StatusOr<HubAddress> MakeHubAddress(std::string_view repository, std::string_view revision,
                                          std::string_view endpoint);

// Whether `text` is `digits` lower-case hexadecimal digits. A commit has 40.
bool IsLowerHex(std::string_view text, size_t digits);
inline constexpr size_t kCommitDigits = 40;

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_HUB_ADDRESS_H_
