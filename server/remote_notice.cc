#include "server/remote_notice.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/logging.h"

namespace seekd {

void LogIfRemote(const EmbeddingBackend& model) {
  const ModelInfo& info = model.model();
  if (info.remote.empty()) return;
  LogWarning(absl::StrCat("model ", info.id, " sends the text of documents and questions to ",
                          info.remote, ", as its config.json says"));
  const absl::Status health = model.health();
  if (health.ok()) return;
  LogError(absl::StrCat("no search or indexing with ", info.id,
                        " until this is over: ", health.message()));
}

}  // namespace seekd
