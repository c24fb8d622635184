// How the factory reaches remote models. Two implementations, of which a build links one:
// remote/remote_loader.cc, and remote_absent.cc where there is no gRPC.
#ifndef SEEKD_EMBEDDING_SERVICE_REMOTE_LOADER_H_
#define SEEKD_EMBEDDING_SERVICE_REMOTE_LOADER_H_

#include <string>

#include "absl/status/status.h"
#include "embedding_service/encoder_factory.h"

namespace seekd {

// Fills in encoder, fingerprint and remote. REQUIRES: spec and tokenizer are there. Errors: those
// of RemoteEncoder::Create; UNIMPLEMENTED (built without remote models).
absl::Status LoadRemote(const std::string& dir, LoadedModel* model);

}  // namespace seekd

#endif  // SEEKD_EMBEDDING_SERVICE_REMOTE_LOADER_H_
