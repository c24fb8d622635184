// What a running IndexFolder operation reports, as a progress report. Pure.
#ifndef SEEKD_CLIENT_INDEX_PROGRESS_H_
#define SEEKD_CLIENT_INDEX_PROGRESS_H_

#include "absl/status/statusor.h"
#include "client/progress_bar.h"
#include "google/longrunning/operations.pb.h"
#include "seekd/v1/index.pb.h"

namespace seekd::client {

ProgressReport ToProgressReport(const v1::IndexFolderMetadata& metadata);

// The metadata of an operation; empty when it has none.
v1::IndexFolderMetadata MetadataOf(const google::longrunning::Operation& operation);

// What a finished operation brought: its response, or its error with details.
absl::StatusOr<v1::IndexFolderResponse> ResultOf(const google::longrunning::Operation& operation);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_INDEX_PROGRESS_H_
