#include "client/operation_follow.h"

#include <utility>

#include "client/operation_progress.h"
#include "client/progress_display.h"
#include "core/base/status_macros.h"

namespace seekd::client {

using google::longrunning::Operation;

absl::StatusOr<FollowedOperation> FollowOperation(Cli& cli, Client& client, Operation operation) {
  if (operation.done()) return FollowedOperation{std::move(operation)};
  ProgressDisplay display(cli.output.get());
  auto watched = client.WatchOperation(operation.name(), [&](const Operation& report) {
    if (!report.done()) display.Show(ToProgressReport(report));
  });
  display.Clear();
  if (!cli.interrupt.triggered()) {
    ABSL_RETURN_IF_ERROR(watched.status());
    return FollowedOperation{*std::move(watched)};
  }
  cli.interrupt.Acknowledge();
  cli.output->Note("stopping; press Ctrl-C again to leave at once");
  ABSL_RETURN_IF_ERROR(client.CancelOperation(operation.name()));
  ABSL_ASSIGN_OR_RETURN(Operation last,
                        client.WatchOperation(operation.name(), [](const Operation&) {}));
  return FollowedOperation{std::move(last), /*interrupted=*/true};
}

}  // namespace seekd::client
