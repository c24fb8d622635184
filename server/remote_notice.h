// What the log says of models whose text does not stay on this machine. Any thread.
#ifndef SEEKD_SERVER_REMOTE_NOTICE_H_
#define SEEKD_SERVER_REMOTE_NOTICE_H_

#include "core/collection/embedding_backend.h"

namespace seekd {

// Where text goes, and what keeps it from going there. Nothing of a local model.
void LogIfRemote(const EmbeddingBackend& model);

}  // namespace seekd

#endif  // SEEKD_SERVER_REMOTE_NOTICE_H_
