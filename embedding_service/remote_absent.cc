#include "absl/strings/str_cat.h"
#include "embedding_service/remote_loader.h"

namespace seekd {

absl::Status LoadRemote(const std::string& dir, LoadedModel*) {
  return absl::UnimplementedError(
      absl::StrCat(dir, ": a remote model, but this program was built without remote models"));
}

}  // namespace seekd
