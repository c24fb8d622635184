// Following a long-running operation to its end, with its progress on standard error.
// Thread safety: belongs to one thread.
#ifndef SEEKD_CLIENT_OPERATION_FOLLOW_H_
#define SEEKD_CLIENT_OPERATION_FOLLOW_H_

#include "absl/status/statusor.h"
#include "client/cli.h"
#include "google/longrunning/operations.pb.h"

namespace seekd::client {

struct FollowedOperation {
  google::longrunning::Operation last;  // done
  bool interrupted = false;             // by Ctrl-C: the daemon was asked to stop it, and has
};

// Errors: of the connection, not of the operation.
absl::StatusOr<FollowedOperation> FollowOperation(Cli& cli, Client& client,
                                                  google::longrunning::Operation operation);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_OPERATION_FOLLOW_H_
