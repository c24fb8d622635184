// The only code that knows both the messages of proto/seekd/v1 and core's
// structs. Requests are validated here: errors are FieldErrors. Pure.
#ifndef SEEKD_SERVER_MARSHALLING_H_
#define SEEKD_SERVER_MARSHALLING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/collection/collection.h"
#include "core/store/store.h"
#include "core/text/snippet.h"
#include "google/longrunning/operations.pb.h"
#include "seekd/v1/collections.pb.h"
#include "seekd/v1/documents.pb.h"
#include "seekd/v1/search.pb.h"
#include "seekd/v1/status.pb.h"
#include "server/operations.h"

namespace seekd {

inline constexpr size_t kMaxQueryCharacters = 1'000'000;

// Counts are signed in the API.
inline int64_t Signed(uint64_t count) { return static_cast<int64_t>(count); }

using SettingsChange = std::function<void(CollectionSettings*)>;

// Microseconds of the Unix epoch. INVALID_ARGUMENT outside the years 1 to 9999.
google::protobuf::Timestamp ToTimestamp(int64_t us);
absl::StatusOr<int64_t> FromTimestamp(std::string_view field,
                                      const google::protobuf::Timestamp& timestamp);

void ToProto(const CollectionLedger& ledger, v1::Collection* out);
void ToProto(const CollectionSettings& settings, v1::Collection* out);
// Which settings `mask` names ("*": all, none: those that `collection` sets), as a change
// that puts their values into place. Field errors name a setting that is out
// of range ("collection.hot_share") or a path that is no setting ("update_mask").
absl::StatusOr<SettingsChange> FromProto(const v1::Collection& collection,
                                         const google::protobuf::FieldMask& mask);
void ToProto(const CollectionLedger& ledger, v1::CollectionStatus* out);
void ToProto(const std::string& collection, const DocumentRecord& document, v1::Document* out);
void ToProto(const OperationState& state, google::longrunning::Operation* out);

// `collection`: the id of the request's parent. Deadline and cancellation are
// left to the caller.
absl::StatusOr<SearchQuery> FromProto(const std::string& collection,
                                      const v1::SearchRequest& request);
void ToProto(const std::string& collection, const SnippetMaker& snippets, QueryResult result,
             v1::SearchResponse* out);

struct ExhaustiveQuery {
  std::vector<std::string> texts;
  uint32_t top_k = 0;
};
absl::StatusOr<ExhaustiveQuery> FromProto(const v1::ExhaustiveSearchRequest& request);
void ToProto(const std::vector<std::vector<ScoredChunk>>& answers,
             v1::ExhaustiveSearchResponse* out);

}  // namespace seekd

#endif  // SEEKD_SERVER_MARSHALLING_H_
