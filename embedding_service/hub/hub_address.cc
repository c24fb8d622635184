#include "embedding_service/hub/hub_address.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace seekd {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr size_t kMaxHubNameBytes = 96;  // of an organisation or a model, as the hub has it
constexpr size_t kMaxRevisionBytes = 255;
constexpr size_t kMaxEndpointBytes = 1024;

// For messages: whatever it is, it is printable and short.
std::string Quoted(std::string_view text) {
  const std::string_view start = text.substr(0, 100);
  return absl::StrCat("\"", absl::CHexEscape(absl::string_view(start.data(), start.size())), "\"");
}

bool IsUnreserved(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_'; }

// RFC 3986, section 2.1; '/' stays where `keep_slash`.
std::string PercentEncode(std::string_view text, bool keep_slash) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c) || c == '~' || (keep_slash && c == '/')) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

bool IsHubName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxHubNameBytes && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), IsUnreserved);
}

absl::Status CheckRepository(std::string_view repository) {
  const size_t slash = repository.find('/');
  if (slash != std::string_view::npos && IsHubName(repository.substr(0, slash)) &&
      IsHubName(repository.substr(slash + 1))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the repository is ", Quoted(repository), ", expected ORG/NAME, each of at most ",
      kMaxHubNameBytes, " ASCII letters, digits, '-', '_' and '.', and no '.' at the start"));
}

// Of what git allows as the name of a branch or a tag (git-check-ref-format), the part in ASCII.
absl::Status CheckRevision(std::string_view revision) {
  const bool odd = std::any_of(revision.begin(), revision.end(), [](char c) {
    return !absl::ascii_isgraph(c) || std::string_view("~^:?*[\\").find(c) != std::string::npos;
  });
  if (!odd && revision.size() <= kMaxRevisionBytes && revision.find("..") == std::string::npos &&
      revision.front() != '/' && revision.back() != '/') {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the revision is ", Quoted(revision), ", expected a branch, a tag or a commit"));
}

absl::Status CheckEndpoint(std::string_view endpoint) {
  const bool odd = std::any_of(endpoint.begin(), endpoint.end(), [](char c) {
    return !absl::ascii_isgraph(c) || std::string_view("@?#\\\"<>").find(c) != std::string::npos;
  });
  if (!odd && endpoint.size() <= kMaxEndpointBytes && endpoint.starts_with(kScheme) &&
      endpoint.size() > kScheme.size() && endpoint[kScheme.size()] != '/') {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the hub's address is ", Quoted(endpoint),
                   ", expected https://HOST, perhaps with a port and a path, and without a user "
                   "name, '?' or '#'"));
}

}  // namespace

absl::StatusOr<HubAddress> MakeHubAddress(std::string_view repository, std::string_view revision,
                                          std::string_view endpoint) {
  if (revision.empty()) revision = "main";
  if (endpoint.empty()) endpoint = kDefaultHub;
  ABSL_RETURN_IF_ERROR(CheckRepository(repository));
  ABSL_RETURN_IF_ERROR(CheckRevision(revision));
  ABSL_RETURN_IF_ERROR(CheckEndpoint(endpoint));
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  return HubAddress{std::string(repository), std::string(revision), std::string(endpoint)};
}

std::string HubAddress::ListingUrl() const {
  return absl::StrCat(endpoint, "/api/models/", repository, "/revision/",
                      PercentEncode(revision, /*keep_slash=*/false), "?blobs=true");
}

std::string HubAddress::FileUrl(std::string_view commit, std::string_view name) const {
  return absl::StrCat(endpoint, "/", repository, "/resolve/",
                      PercentEncode(commit, /*keep_slash=*/false), "/",
                      PercentEncode(name, /*keep_slash=*/true));
}

std::string HubAddress::Describe() const {
  return absl::StrCat(repository, "@", revision, " at ", endpoint);
}

bool IsLowerHex(std::string_view text, size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace seekd
