// Speaks to a hub: listings and files, with what its refusals mean and how often to try again.
// Thread safety: one thread at a time.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_HUB_CLIENT_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_HUB_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/hub/https_getter.h"
#include "embedding_service/hub/hub_address.h"
#include "embedding_service/hub/hub_listing.h"
#include "embedding_service/hub/part_file.h"

namespace seekd {

// After what is UNAVAILABLE. The wait doubles each time, and a cancellation ends it.
struct RetryPolicy {
  uint32_t retries = 3;  // after the first try, of one listing or file
  std::chrono::milliseconds first_wait{1000};
};

class HubClient {
 public:
  static absl::StatusOr<HubClient> Create(HubAddress address, HttpsOptions https,
                                          RetryPolicy retry);

  // Errors of both: NOT_FOUND, PERMISSION_DENIED (private or gated), UNAVAILABLE (after all
  // tries), FAILED_PRECONDITION (see HttpsGetter; a code that is none of a hub's), CANCELLED.
  // RESOURCE_EXHAUSTED: a listing above kMaxListingBytes; else see ParseHubListing.
  absl::StatusOr<HubListing> List();

  // Completes `part` from the byte on where it ends, or from the first where the server does not
  // send ranges. `on_bytes` is told how much there is whenever that changes. The content is not
  // checked, but for its length: DATA_LOSS when there is more than listed.
  absl::Status Download(const HubFile& file, const std::string& commit, PartFile* part,
                        const std::function<void(uint64_t bytes)>& on_bytes);

  const HubAddress& address() const { return address_; }

 private:
  HubClient(HubAddress address, HttpsGetter https, CancellationPtr cancellation, RetryPolicy retry)
      : address_(std::move(address)),
        https_(std::move(https)),
        cancellation_(std::move(cancellation)),
        retry_(retry) {}
  absl::Status TryDownload(const std::string& url, const HubFile& file, PartFile* part,
                           const std::function<void(uint64_t bytes)>& on_bytes);
  // `file`: "" for the listing. Errors name it, the repository and the hub.
  absl::Status WithRetries(const std::string& file, const std::function<absl::Status()>& attempt);

  HubAddress address_;
  HttpsGetter https_;
  CancellationPtr cancellation_;
  RetryPolicy retry_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_HUB_CLIENT_H_
