// API messages as the JSON that scripts rely on; docs/seek.md is the schema.
#ifndef SEEKD_CLIENT_JSON_OUTPUT_H_
#define SEEKD_CLIENT_JSON_OUTPUT_H_

#include "client/output.h"
#include "google/protobuf/timestamp.pb.h"
#include "seekd/v1/collections.pb.h"
#include "seekd/v1/documents.pb.h"
#include "seekd/v1/index.pb.h"
#include "seekd/v1/models.pb.h"
#include "seekd/v1/search.pb.h"
#include "seekd/v1/status.pb.h"

namespace seekd::client {

Json ToJson(const v1::SearchResponse& response);
Json ToJson(const v1::GetStatusResponse& response);
Json ToJson(const v1::Collection& collection);
Json ToJson(const v1::Document& document);
Json ToJson(const v1::ListSkippedFilesResponse::SkippedFile& file);
Json ToJson(const v1::IndexFolderResponse& response);
Json ToJson(const v1::AddDocumentsResponse& response);
Json ToJson(const v1::Model& model);

// "2024-05-17T09:30:00Z"; null for a time that is not set.
Json TimeJson(const google::protobuf::Timestamp& time);

// "frugal"
std::string StrategyName(v1::Strategy strategy);

}  // namespace seekd::client

#endif  // SEEKD_CLIENT_JSON_OUTPUT_H_
