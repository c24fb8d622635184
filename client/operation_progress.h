// What long-running operations report and bring, as this program shows it. Pure.
#ifndef SEEKD_CLIENT_OPERATION_PROGRESS_H_
#define SEEKD_CLIENT_OPERATION_PROGRESS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/progress_bar.h"
#include "client/rpc_status.h"
#include "google/longrunning/operations.pb.h"
#include "seekd/v1/index.pb.h"
#include "seekd/v1/models.pb.h"

namespace seekd::client {

ProgressReport ToProgressReport(const v1::IndexFolderMetadata& metadata);
ProgressReport ToProgressReport(const v1::PullModelMetadata& metadata);
// By the kind of its metadata.
ProgressReport ToProgressReport(const google::longrunning::Operation& operation);

// The metadata of an operation; empty when it has none of this kind.
template <typename Metadata>
Metadata MetadataOf(const google::longrunning::Operation& operation) {
  Metadata metadata;
  if (!operation.metadata().UnpackTo(&metadata)) metadata.Clear();
  return metadata;
}

// What a finished operation brought: its response, or its error with details.
template <typename Response>
absl::StatusOr<Response> ResultOf(const google::longrunning::Operation& operation) {
  if (operation.has_error()) return FromRpcStatus(operation.error());
  Response response;
  if (operation.response().UnpackTo(&response)) return response;
  return absl::InternalError(absl::StrCat(operation.name(), ": expected a ",
                                          Response::descriptor()->full_name(), ", found \"",
                                          operation.response().type_url(), "\""));
}

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_OPERATION_PROGRESS_H_
