#include "embedding_service/remote_loader.h"

#include <utility>

#include "core/base/status_macros.h"
#include "embedding_service/fingerprint.h"
#include "embedding_service/remote/remote_encoder.h"

namespace seekd {

absl::Status LoadRemote(const std::string& dir, LoadedModel* model) {
  ABSL_ASSIGN_OR_RETURN(auto encoder, RemoteEncoder::Create(dir, *model->tokenizer));
  ABSL_ASSIGN_OR_RETURN(model->fingerprint, FingerprintFolder(dir, model->spec, *model->tokenizer,
                                                              {}, encoder->probe_rows()));
  model->remote = encoder->spec().Describe();
  model->encoder = std::move(encoder);
  return absl::OkStatus();
}

}  // namespace seekd
