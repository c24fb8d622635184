// A model folder while it is being pulled. All files are NAME.part until the last one is there and
// checked; then they get their names, config.json last, by which a model is known, and
// SOURCE.json is written. PULL.part, a SOURCE.json without files, says whose parts they are.
//
// A crash at any point leaves a folder that the next pull of the same commit goes on with.
// Thread safety: one thread at a time; Open keeps other pulls, of any process, out.
#ifndef SEEKD_EMBEDDING_SERVICE_HUB_PULL_FOLDER_H_
#define SEEKD_EMBEDDING_SERVICE_HUB_PULL_FOLDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/storage/posix_file.h"
#include "embedding_service/hub/file_digests.h"
#include "embedding_service/hub/hub_listing.h"
#include "embedding_service/hub/model_source.h"

namespace seekd {

// In a folder whose pull is not finished.
inline constexpr char kPullMarkerName[] = "PULL.part";

class PullFolder {
 public:
  // Creates the folder with mode 0700, or goes on with the unfinished pull of `pin`'s commit in
  // it; that of another commit is emptied. A finished one, of the same commit, is reopened for
  // repair. FAILED_PRECONDITION: the folder holds files of someone else. UNAVAILABLE: another
  // pull is at work there.
  static absl::StatusOr<PullFolder> Open(std::string folder, ModelSource pin);

  // Where `name` is written until Finish. Creates the folder it lies in.
  absl::StatusOr<std::string> PartPath(const std::string& name) const;
  // Where `name` lies now: its part, or its own path; "" when neither is there.
  std::string WhereIs(const std::string& name) const;
  // How much of it is there.
  uint64_t BytesOf(const std::string& name) const;

  // RESOURCE_EXHAUSTED unless the file system has room for what `files` still lack.
  absl::Status CheckSpace(const std::vector<HubFile>& files) const;

  // Records a file that is complete and checked.
  void Add(const std::string& name, const FileDigests& digests);
  // Makes the folder a model's, as the header says. REQUIRES: once, after all files were added.
  absl::StatusOr<ModelSource> Finish();

 private:
  PullFolder(std::string folder, UniqueFd lock, ModelSource pin)
      : folder_(std::move(folder)), lock_(std::move(lock)), source_(std::move(pin)) {}
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  absl::Status Claim();
  absl::Status Clear() const;
  absl::Status GiveName(const std::string& name) const;

  std::string folder_;
  UniqueFd lock_;  // the folder itself, flocked
  ModelSource source_;
};

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_HUB_PULL_FOLDER_H_
