#include "server/marshalling.h"

#include <limits>

#include "seekd/v1/index.pb.h"
#include "seekd/v1/models.pb.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

v1::SearchRequest TextRequest(const std::string& text = "question") {
  v1::SearchRequest request;
  request.set_parent("collections/c");
  request.set_text(text);
  return request;
}

void CheckFieldError(const v1::SearchRequest& request, const std::string& field) {
  const absl::Status status = FromProto("c", request).status();
  CATCH_CHECK(absl::IsInvalidArgument(status));
  CATCH_CHECK(status.message().substr(0, field.size() + 2) == field + ": ");
}

CATCH_TEST_CASE("An empty search request means the documented defaults") {
  const auto query = FromProto("c", TextRequest());
  CATCH_REQUIRE(query.ok());
  CATCH_CHECK(*query->text == "question");
  CATCH_CHECK(query->options.top_k == 10);
  CATCH_CHECK(query->options.strategy == Strategy::kFrugal);
  CATCH_CHECK(query->options.recall_target == 0.9F);
  CATCH_CHECK(query->options.use_cache);
  CATCH_CHECK(query->filter.empty());
}

CATCH_TEST_CASE("Every field of a search request arrives") {
  v1::SearchRequest request = TextRequest();
  request.set_top_k(7);
  request.set_strategy(v1::FLAT);
  request.set_mode(v1::SEMANTIC);
  request.set_recall_target(0.95F);
  request.mutable_filter()->set_path_prefix("/a");
  request.mutable_filter()->set_path_glob("**/*.md");
  request.mutable_filter()->mutable_modified_after()->set_seconds(1);
  request.mutable_filter()->mutable_modified_before()->set_nanos(5000);
  request.mutable_tuning()->set_beam_width(500);
  request.mutable_tuning()->set_batch_rows(8);
  request.mutable_tuning()->set_max_recomputed(9);
  request.mutable_tuning()->set_disable_cache(true);
  request.mutable_tuning()->set_rerank_ratio(0.25F);
  request.mutable_tuning()->set_first_stage(v1::SCAN);
  const auto query = FromProto("c", request);
  CATCH_REQUIRE(query.ok());
  CATCH_CHECK(query->options.top_k == 7);
  CATCH_CHECK(query->options.strategy == Strategy::kFlat);
  CATCH_CHECK(query->options.recall_target == 0.95F);
  CATCH_CHECK(query->filter.path_prefix == "/a");
  CATCH_CHECK(query->filter.path_glob == "**/*.md");
  CATCH_CHECK(*query->filter.modified_after_us == 1'000'000);
  CATCH_CHECK(*query->filter.modified_before_us == 5);
  CATCH_CHECK(query->options.beam_width == 500);
  CATCH_CHECK(query->options.batch_rows == 8);
  CATCH_CHECK(query->options.max_recomputed == 9);
  CATCH_CHECK(!query->options.use_cache);
  CATCH_CHECK(query->options.rerank_ratio == 0.25F);
  CATCH_CHECK(query->options.first_stage == FirstStage::kScan);
}

CATCH_TEST_CASE("Every strategy and first stage has its number in the API") {
  const auto strategy = [](v1::Strategy given) {
    v1::SearchRequest request = TextRequest();
    request.set_strategy(given);
    return FromProto("c", request)->options.strategy;
  };
  CATCH_CHECK(strategy(v1::FRUGAL) == Strategy::kFrugal);
  CATCH_CHECK(strategy(v1::EXACT) == Strategy::kExact);
  CATCH_CHECK(strategy(v1::FLAT) == Strategy::kFlat);
  CATCH_CHECK(strategy(v1::BRUTE) == Strategy::kBrute);
  CATCH_CHECK(strategy(v1::TWO_LEVEL) == Strategy::kTwoLevel);
  v1::SearchRequest request = TextRequest();
  CATCH_CHECK(FromProto("c", request)->options.first_stage == FirstStage::kAuto);
  request.mutable_tuning()->set_first_stage(v1::BEAM);
  CATCH_CHECK(FromProto("c", request)->options.first_stage == FirstStage::kBeam);
}

CATCH_TEST_CASE("Settings are changed as the mask says") {
  v1::Collection collection;
  collection.set_max_index_share(0.08);
  const CollectionSettings before{.max_index_share = 0.5, .hot_share = 0.25};
  const auto apply = [&](const std::vector<std::string>& paths) {
    google::protobuf::FieldMask mask;
    for (const std::string& path : paths) mask.add_paths(path);
    const auto change = FromProto(collection, mask);
    CATCH_REQUIRE(change.status() == absl::OkStatus());
    CollectionSettings after = before;
    (*change)(&after);
    return after;
  };
  CATCH_CHECK(apply({}) == CollectionSettings{.max_index_share = 0.08, .hot_share = 0.25});
  CATCH_CHECK(apply({"*"}) == CollectionSettings{.max_index_share = 0.08, .hot_share = 0});
  CATCH_CHECK(apply({"hot_share"}) == CollectionSettings{.max_index_share = 0.5, .hot_share = 0});
  CATCH_CHECK(apply({"max_index_share"}) ==
              CollectionSettings{.max_index_share = 0.08, .hot_share = 0.25});
}

CATCH_TEST_CASE("Bad settings name the field") {
  const auto error = [](double index, double hot, const char* path) {
    v1::Collection collection;
    collection.set_max_index_share(index);
    collection.set_hot_share(hot);
    google::protobuf::FieldMask mask;
    if (*path != 0) mask.add_paths(path);
    const auto change = FromProto(collection, mask);
    CATCH_REQUIRE(absl::IsInvalidArgument(change.status()));
    return std::string(change.status().message());
  };
  CATCH_CHECK(error(1.5, 0, "").starts_with("collection.max_index_share: "));
  CATCH_CHECK(error(-0.1, 0, "*").starts_with("collection.max_index_share: "));
  CATCH_CHECK(error(std::numeric_limits<double>::quiet_NaN(), 0, "")
                  .starts_with("collection.max_index_share: "));
  CATCH_CHECK(error(0.1, 1.01, "").starts_with("collection.hot_share: "));
  CATCH_CHECK(error(0.1, 0.1, "roots").starts_with("update_mask: "));
}

CATCH_TEST_CASE("Like a chunk, like a document") {
  v1::SearchRequest request;
  request.set_chunk("collections/c/chunks/5");
  CATCH_CHECK(*FromProto("c", request)->like_chunk == ChunkId(5));
  request.set_document("collections/c/documents//a/b");
  CATCH_CHECK(*FromProto("c", request)->like_document == "/a/b");
  request.set_document("collections/other/documents//a/b");
  CheckFieldError(request, "document");
  request.set_chunk("collections/other/chunks/5");
  CheckFieldError(request, "chunk");
  request.set_chunk("5");
  CheckFieldError(request, "chunk");
}

CATCH_TEST_CASE("Bad search requests name the field") {
  CheckFieldError(v1::SearchRequest(), "query");
  CheckFieldError(TextRequest(""), "text");
  v1::SearchRequest request = TextRequest();
  for (int top_k : {-1, 1001}) {
    request.set_top_k(top_k);
    CheckFieldError(request, "top_k");
  }
  request = TextRequest();
  for (float recall : {-0.9F, 0.49F, 1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    request.set_recall_target(recall);
    CheckFieldError(request, "recall_target");
  }
  request = TextRequest();
  request.set_mode(static_cast<v1::Mode>(2));
  CheckFieldError(request, "mode");
  request = TextRequest();
  request.set_strategy(static_cast<v1::Strategy>(17));
  CheckFieldError(request, "strategy");
  request = TextRequest();
  request.mutable_tuning()->set_beam_width(-1);
  CheckFieldError(request, "tuning.beam_width");
  request = TextRequest();
  for (float ratio : {-0.1F, 1.5F, std::numeric_limits<float>::quiet_NaN()}) {
    request.mutable_tuning()->set_rerank_ratio(ratio);
    CheckFieldError(request, "tuning.rerank_ratio");
  }
  request = TextRequest();
  request.mutable_tuning()->set_first_stage(static_cast<v1::FirstStage>(9));
  CheckFieldError(request, "tuning.first_stage");
  request.set_strategy(v1::FLAT);
  request.mutable_tuning()->set_first_stage(v1::BEAM);
  CheckFieldError(request, "tuning.first_stage");
  request = TextRequest();
  request.mutable_filter()->mutable_modified_after()->set_nanos(-1);
  CheckFieldError(request, "filter.modified_after");
  request = TextRequest();
  request.mutable_filter()->mutable_modified_before()->set_seconds(
      std::numeric_limits<int64_t>::max());
  CheckFieldError(request, "filter.modified_before");
}

CATCH_TEST_CASE("A query may have a million characters, not one more") {
  std::string text;
  for (size_t i = 0; i < kMaxQueryCharacters; ++i) text += "\xC3\xA9";
  CATCH_CHECK(FromProto("c", TextRequest(text)).ok());
  CheckFieldError(TextRequest(text + "x"), "text");
}

CATCH_TEST_CASE("Times of any sign survive the way there and back") {
  for (int64_t us : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1'700'000'000'123'456},
                     int64_t{-62'135'596'800'000'000}}) {
    CATCH_CHECK(*FromTimestamp("t", ToTimestamp(us)) == us);
    CATCH_CHECK(ToTimestamp(us).nanos() >= 0);
  }
  CATCH_CHECK(FromTimestamp("t", ToTimestamp(std::numeric_limits<int64_t>::max())).ok());
  CATCH_CHECK(FromTimestamp("t", ToTimestamp(std::numeric_limits<int64_t>::min())).ok());
}

CATCH_TEST_CASE("A result keeps its hits, snippets and stats") {
  QueryResult result;
  Hit hit;
  hit.chunk = ChunkId(9);
  hit.score = 0.5F;
  hit.document_id = "/d";
  hit.also_in = {"/e"};
  hit.text = "the answer";
  hit.byte_begin = 3;
  hit.byte_end = 13;
  hit.line_begin = 2;
  hit.line_end = 4;
  result.hits.push_back(hit);
  result.stats.search.recomputed = 41;
  result.stats.search.stop_reason = StopReason::kDeadline;
  result.stats.search.complete = false;
  result.stats.total_us = 77;
  v1::SearchResponse response;
  ToProto("c", SnippetMaker("answer?"), result, &response);
  CATCH_REQUIRE(response.hits_size() == 1);
  const v1::Hit& out = response.hits(0);
  CATCH_CHECK(out.chunk() == "collections/c/chunks/9");
  CATCH_CHECK(out.path() == "/d");
  CATCH_CHECK(out.also_in(0) == "/e");
  CATCH_CHECK(out.byte_end() == 13);
  CATCH_CHECK(out.line_end() == 4);
  CATCH_CHECK(out.snippet() == "the answer");
  CATCH_REQUIRE(out.highlights_size() == 1);
  CATCH_CHECK(out.highlights(0).begin() == 4);
  CATCH_CHECK(response.stats().recomputed() == 41);
  CATCH_CHECK(response.stats().stop_reason() == "deadline");
  CATCH_CHECK(!response.stats().complete());
  CATCH_CHECK(response.stats().elapsed_us() == 77);
}

CATCH_TEST_CASE("An operation shows progress, then a response or an error") {
  OperationState state;
  state.id = 3;
  state.spec = {.collection = "c", .folder = "/f"};
  state.progress.files_found = 5;
  google::longrunning::Operation out;
  ToProto(state, &out);
  v1::IndexFolderMetadata metadata;
  CATCH_REQUIRE(out.metadata().UnpackTo(&metadata));
  CATCH_CHECK(out.name() == "operations/3");
  CATCH_CHECK(metadata.files_found() == 5);
  CATCH_CHECK(metadata.collection() == "collections/c");
  CATCH_CHECK(!out.done());

  state.done = true;
  IndexReport report;
  report.added = 8;
  state.result = report;
  ToProto(state, &out);
  v1::IndexFolderResponse response;
  CATCH_REQUIRE(out.response().UnpackTo(&response));
  CATCH_CHECK(response.added_count() == 8);

  state.status = absl::CancelledError("stopped");
  ToProto(state, &out);
  CATCH_CHECK(out.error().code() == static_cast<int>(absl::StatusCode::kCancelled));
  CATCH_CHECK(out.error().details_size() == 1);
}

CATCH_TEST_CASE("Operations on models show what they are about") {
  OperationState state;
  google::longrunning::Operation out;
  CATCH_SECTION("moving to a model") {
    state.spec = {.collection = "c", .model = "m"};
    ToProto(state, &out);
    v1::IndexFolderMetadata metadata;
    CATCH_REQUIRE(out.metadata().UnpackTo(&metadata));
    CATCH_CHECK(metadata.model() == "models/m");
    CATCH_CHECK(metadata.folder().empty());
  }
  CATCH_SECTION("pulling one") {
    state.spec = {.model = "m", .repository = "org/m"};
    state.progress.bytes_done = 7;
    state.done = true;
    state.result = PulledModel{.commit = "c0ffee", .bytes = 9, .was_there = true};
    ToProto(state, &out);
    v1::PullModelMetadata metadata;
    CATCH_REQUIRE(out.metadata().UnpackTo(&metadata));
    CATCH_CHECK(metadata.repository() == "org/m");
    CATCH_CHECK(metadata.bytes_done() == 7);
    v1::PullModelResponse response;
    CATCH_REQUIRE(out.response().UnpackTo(&response));
    CATCH_CHECK(response.model() == "models/m");
    CATCH_CHECK(response.commit() == "c0ffee");
    CATCH_CHECK(response.was_there());
  }
}

CATCH_TEST_CASE("An exhaustive search is bounded") {
  v1::ExhaustiveSearchRequest request;
  CATCH_CHECK(absl::IsInvalidArgument(FromProto(request).status()));
  for (int i = 0; i < 2000; ++i) request.add_texts("q");
  CATCH_CHECK(FromProto(request)->top_k == 10);
  request.set_top_k(501);
  CATCH_CHECK(absl::IsInvalidArgument(FromProto(request).status()));
  request.set_top_k(500);
  CATCH_CHECK(FromProto(request).ok());
  request.add_texts("");
  CATCH_CHECK(absl::IsInvalidArgument(FromProto(request).status()));
}

}  // namespace
}  // namespace seekd
