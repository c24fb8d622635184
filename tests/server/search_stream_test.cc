// SearchService.StreamSearch over a real socket.
#include <grpcpp/client_context.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/served_engine.h"
#include "tests/server/stubs.h"
#include "tests/support/catch.h"

namespace seekd::testing {
namespace {

struct Streamed {
  grpc::Status status;
  std::vector<v1::SearchResponse> responses;
};

Streamed Stream(Stubs& stubs, const v1::SearchRequest& request) {
  grpc::ClientContext context;
  auto reader = stubs.search->StreamSearch(&context, request);
  Streamed streamed;
  for (v1::SearchResponse response; reader->Read(&response);) {
    streamed.responses.push_back(response);
  }
  streamed.status = reader->Finish();
  return streamed;
}

CollectionOptions RebuildAlways() {
  CollectionOptions options;
  options.rebuild_min_changes = 1;
  return options;
}

// Indexes files of these texts; a generation is published.
void IndexTexts(ServedEngine& served, Stubs& stubs, int count) {
  for (int i = 0; i < count; ++i) {
    served.WriteFile(absl::StrCat("d", i, ".txt"), absl::StrCat("the tale of number ", i));
  }
  v1::IndexFolderRequest request;
  request.set_parent("collections/c");
  request.set_folder(served.files());
  grpc::ClientContext context, watch_context;
  google::longrunning::Operation operation;
  CATCH_REQUIRE(stubs.index->IndexFolder(&context, request, &operation).ok());
  v1::WatchOperationRequest watch;
  watch.set_name(operation.name());
  auto reader = stubs.index->WatchOperation(&watch_context, watch);
  while (reader->Read(&operation)) {
  }
  CATCH_REQUIRE(reader->Finish().ok());
  CATCH_REQUIRE(operation.has_response());
}

// One row per round: many answers on the way.
v1::SearchRequest SlowRequest() {
  v1::SearchRequest request = TextRequest("the tale of number 7");
  request.set_top_k(5);
  request.mutable_tuning()->set_disable_cache(true);
  request.set_strategy(v1::EXACT);
  request.mutable_tuning()->set_batch_rows(1);
  return request;
}

CATCH_TEST_CASE("StreamSearch: answers improve, the last equals Search's") {
  ServedEngine served("", RebuildAlways());
  served.Open();
  Stubs stubs(served.Connect());
  IndexTexts(served, stubs, 60);
  const Streamed streamed = Stream(stubs, SlowRequest());
  CATCH_REQUIRE(streamed.status.ok());
  CATCH_REQUIRE(streamed.responses.size() >= 2);
  v1::SearchResponse alone;
  CATCH_REQUIRE(Search(stubs, SlowRequest(), &alone).ok());
  const v1::SearchResponse& last = streamed.responses.back();
  CATCH_CHECK(last.stats().complete());
  CATCH_CHECK(last.stats().stop_reason() == alone.stats().stop_reason());
  CATCH_CHECK(last.stats().recomputed() == alone.stats().recomputed());
  CATCH_REQUIRE(last.hits_size() == alone.hits_size());
  for (int i = 0; i < alone.hits_size(); ++i) {
    CATCH_CHECK(last.hits(i).SerializeAsString() == alone.hits(i).SerializeAsString());
  }
  for (size_t i = 0; i + 1 < streamed.responses.size(); ++i) {
    const v1::SearchResponse& response = streamed.responses[i];
    CATCH_CHECK_FALSE(response.stats().complete());
    CATCH_CHECK(response.stats().stop_reason() == "running");
    CATCH_REQUIRE(response.hits_size() > 0);
    CATCH_CHECK(response.hits(0).text().starts_with("the tale of number"));
    CATCH_CHECK(response.hits(0).score() <= last.hits(0).score());
  }
}

CATCH_TEST_CASE("StreamSearch: a search of one round has at most one answer before the last") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  v1::AddDocumentsResponse added;
  CATCH_REQUIRE(Add(stubs, {{"one", "alpha"}, {"two", "beta"}}, &added).ok());
  const Streamed streamed = Stream(stubs, TextRequest("alpha"));
  CATCH_REQUIRE(streamed.status.ok());
  CATCH_REQUIRE(!streamed.responses.empty());
  CATCH_CHECK(streamed.responses.size() <= 2);
  CATCH_CHECK(streamed.responses.back().stats().complete());
  CATCH_CHECK(streamed.responses.back().hits(0).path() == "one");
}

CATCH_TEST_CASE("StreamSearch: errors come without an answer, as Search's do") {
  ServedEngine served;
  Stubs stubs(served.Connect());
  CATCH_CHECK(Stream(stubs, TextRequest("x")).status.error_code() == grpc::StatusCode::UNAVAILABLE);
  served.Open();
  const Streamed unknown = Stream(stubs, TextRequest("x"));
  CATCH_CHECK(unknown.status.error_code() == grpc::StatusCode::NOT_FOUND);
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(unknown.status).reason() == "COLLECTION_NOT_FOUND");
  CATCH_CHECK(unknown.responses.empty());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  v1::SearchRequest bad = TextRequest("x");
  bad.set_top_k(-1);
  CATCH_CHECK(Stream(stubs, bad).status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  v1::SearchRequest like;
  like.set_parent("collections/c");
  like.set_chunk("collections/c/chunks/9");
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(Stream(stubs, like).status).reason() ==
              "CHUNK_NOT_FOUND");
}

CATCH_TEST_CASE("StreamSearch: a client that leaves ends its search, others go on") {
  ServedEngine served("", RebuildAlways());
  served.Open();
  Stubs stubs(served.Connect());
  IndexTexts(served, stubs, 300);
  v1::SearchRequest request = SlowRequest();
  request.set_top_k(100);
  for (int i = 0; i < 10; ++i) {
    grpc::ClientContext context;
    auto reader = stubs.search->StreamSearch(&context, request);
    v1::SearchResponse response;
    CATCH_REQUIRE(reader->Read(&response));
    context.TryCancel();
    while (reader->Read(&response)) {
    }
    const grpc::Status status = reader->Finish();
    CATCH_CHECK((status.error_code() == grpc::StatusCode::CANCELLED || status.ok()));
  }
  CATCH_CHECK(Stream(stubs, request).responses.back().hits_size() == 100);
  served.Drain();  // waits for every search: none hangs
}

}  // namespace
}  // namespace seekd::testing
