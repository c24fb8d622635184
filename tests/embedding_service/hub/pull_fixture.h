// What the tests of pulls share.
#ifndef SEEKD_TESTS_EMBEDDING_SERVICE_HUB_PULL_FIXTURE_H_
#define SEEKD_TESTS_EMBEDDING_SERVICE_HUB_PULL_FIXTURE_H_

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedding_service/hub/model_pull.h"
#include "tests/embedding_service/hub/hub_server.h"
#include "tests/support/temp_folder.h"

namespace seekd::testing {

// A hub, and a folder to pull to.
struct PullFixture {
  HubServer hub;
  TempFolder disk;
  std::string folder = disk.File("models/small");
  PullRequest request = hub.Request();
  CancellationPtr cancellation;
  PullProgressFn progress;
  internal::PullLimits limits;

  PullFixture() { limits.retry.first_wait = {}; }

  absl::StatusOr<PulledModel> Pull() {
    return internal::PullModelWith(request, folder, cancellation, progress, limits);
  }
  std::string Read(std::string_view name) const {
    return disk.Read("models/small/" + std::string(name));
  }
  bool Has(std::string_view name) const {
    return std::filesystem::exists(folder + "/" + std::string(name));
  }
};

inline bool Says(const absl::Status& status, std::string_view words) {
  return std::string(status.message()).find(words) != std::string::npos;
}

// How many of `requests` hold all of `words`.
inline size_t CountOf(const std::vector<std::string>& requests, std::string_view one,
                      std::string_view other = "") {
  return static_cast<size_t>(
      std::count_if(requests.begin(), requests.end(), [&](const std::string& request) {
        return request.find(one) != std::string::npos && request.find(other) != std::string::npos;
      }));
}

}  // namespace seekd::testing

#endif  // SEEKD_TESTS_EMBEDDING_SERVICE_HUB_PULL_FIXTURE_H_
