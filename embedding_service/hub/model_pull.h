// Pulls a model folder from a hub in Hugging Face's layout, over HTTPS (docs/encoders.md, "Pulling
// a model"): the files that seekd reads, checked by their hashes, pinned by SOURCE.json
// (model_source.h). A pulled folder needs no network.
// Thread safety: any thread; of two pulls into one folder the second is refused.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_MODEL_PULL_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_MODEL_PULL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "embedding_service/hub/hub_address.h"   // kDefaultHub
#include "embedding_service/hub/hub_client.h"    // RetryPolicy, HttpsLimits
#include "embedding_service/hub/model_source.h"  // ReadModelSource, VerifyModelSource
#include "embedding_service/hub/pull_meter.h"    // PullProgress

namespace seekd {

struct PullRequest {
  std::string repository;  // "ORG/NAME"
  std::string revision;    // branch, tag or commit; "": "main"
  std::string endpoint;    // "https://hub.example/prefix"; "": kDefaultHub
  std::string proxy;       // "http://proxy:3128"; "": none. The environment is not read
  std::string ca_file;     // roots, PEM, instead of the system's; "": these
};

struct PulledModel {
  std::string repository;
  std::string revision;  // as asked
  std::string commit;    // 40 hexadecimal digits
  uint64_t bytes = 0;    // of all files, the pin not counted
  uint32_t files = 0;
  bool was_there = false;  // nothing had to be downloaded
};

// Fills `folder` (created with mode 0700, for this model alone) with the files that seekd reads,
// the model card and the licence, and writes SOURCE.json last. A folder without it is an
// unfinished pull, which the next one of the same commit resumes; of another commit, it starts
// anew. Where the commit is there already and its files are unchanged, nothing is downloaded;
// changed files are downloaded again. A revision that is the commit itself then needs no network.
//
// Errors:
//   INVALID_ARGUMENT     the request; a repository that is no encoder seekd can run
//   NOT_FOUND            no such repository or revision at this endpoint
//   PERMISSION_DENIED    a private or gated repository
//   FAILED_PRECONDITION  the folder holds another commit or something else; a certificate that
//                        is not trusted; a redirect that leaves https
//   RESOURCE_EXHAUSTED   no room on the disk; a listing beyond all measure
//   UNAVAILABLE          no connection, or one that breaks, after retries; another pull at work
//   DATA_LOSS            content of another hash or size than listed; its part is deleted
//   CANCELLED            noticed within about a second
absl::StatusOr<PulledModel> PullModel(const PullRequest& request, const std::string& folder,
                                      const CancellationPtr& cancellation,
                                      const PullProgressFn& progress);

// Whether a pull has filled `folder` or has begun to, perhaps in order to repair it.
bool IsPulled(const std::string& folder);

namespace internal {

struct PullLimits {
  HttpsLimits https;
  RetryPolicy retry;
};

// With other limits, for tests.
absl::StatusOr<PulledModel> PullModelWith(const PullRequest& request, const std::string& folder,
                                          const CancellationPtr& cancellation,
                                          const PullProgressFn& progress, const PullLimits& limits);

}  // namespace internal
}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_MODEL_PULL_H_
