#include "server/grpc_server.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "seekd/v1/collections.grpc.pb.h"
#include "seekd/v1/documents.grpc.pb.h"
#include "seekd/v1/index.grpc.pb.h"
#include "seekd/v1/search.grpc.pb.h"
#include "seekd/v1/status.grpc.pb.h"
#include "tests/server/served_engine.h"
#include "tests/server/stubs.h"
#include "tests/support/catch.h"

namespace seekd::testing {
namespace {

using google::longrunning::Operation;

CATCH_TEST_CASE("Collections are created, listed page by page, and deleted") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  for (const char* id : {"b", "a", "c"}) CATCH_REQUIRE(Create(stubs, id).ok());

  const grpc::Status again = Create(stubs, "a");
  CATCH_CHECK(again.error_code() == grpc::StatusCode::ALREADY_EXISTS);
  CATCH_CHECK(DetailOf<google::rpc::ResourceInfo>(again).resource_name() == "collections/a");
  const grpc::Status bad = Create(stubs, "No");
  CATCH_CHECK(bad.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(DetailOf<google::rpc::BadRequest>(bad).field_violations(0).field() ==
              "collection_id");

  std::vector<std::string> names;
  v1::ListCollectionsRequest request;
  request.set_page_size(2);
  do {
    grpc::ClientContext context;
    v1::ListCollectionsResponse response;
    CATCH_REQUIRE(stubs.collections->ListCollections(&context, request, &response).ok());
    for (const v1::Collection& collection : response.collections())
      names.push_back(collection.name());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  CATCH_CHECK(names == std::vector<std::string>{"collections/a", "collections/b", "collections/c"});

  v1::DeleteCollectionRequest deletion;
  deletion.set_name("collections/b");
  google::protobuf::Empty empty;
  grpc::ClientContext first, second;
  CATCH_CHECK(stubs.collections->DeleteCollection(&first, deletion, &empty).ok());
  const grpc::Status gone = stubs.collections->DeleteCollection(&second, deletion, &empty);
  CATCH_CHECK(gone.error_code() == grpc::StatusCode::NOT_FOUND);
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(gone).reason() == "COLLECTION_NOT_FOUND");
}

CATCH_TEST_CASE("Settings of a collection are given at creation, changed, and shown") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  const auto update = [&](double index, double hot, bool allow_missing, bool validate_only,
                          v1::Collection* response) {
    grpc::ClientContext context;
    v1::UpdateCollectionRequest request;
    request.mutable_collection()->set_name("collections/c");
    request.mutable_collection()->set_max_index_share(index);
    request.mutable_collection()->set_hot_share(hot);
    request.set_allow_missing(allow_missing);
    request.set_validate_only(validate_only);
    return stubs.collections->UpdateCollection(&context, request, response);
  };
  const auto status = [&] {
    grpc::ClientContext context;
    v1::GetStatusResponse response;
    CATCH_REQUIRE(stubs.status->GetStatus(&context, v1::GetStatusRequest(), &response).ok());
    return response;
  };
  v1::Collection response;
  const grpc::Status missing = update(0.2, 0, false, false, &response);
  CATCH_CHECK(missing.error_code() == grpc::StatusCode::NOT_FOUND);
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(missing).reason() == "COLLECTION_NOT_FOUND");
  CATCH_CHECK(update(0.2, 0, true, true, &response).ok());
  CATCH_CHECK(response.max_index_share() == 0.2);
  CATCH_CHECK(status().collections_size() == 0);  // only checked

  CATCH_CHECK(update(0.2, 0, true, false, &response).ok());
  CATCH_CHECK((response.name() == "collections/c" && response.max_index_share() == 0.2));
  CATCH_CHECK(status().collections(0).granted_index_share() == 0.2);
  CATCH_CHECK(update(0, 0.1, false, true, &response).ok());
  CATCH_CHECK((response.max_index_share() == 0.2 && response.hot_share() == 0.1));
  CATCH_CHECK(status().collections(0).granted_hot_share() == 0);
  CATCH_CHECK(update(0, 0.1, false, false, &response).ok());
  CATCH_CHECK(status().collections(0).granted_hot_share() == 0.1);
  CATCH_CHECK(status().collections(0).granted_index_share() == 0.2);
  const grpc::Status bad = update(2, 0, true, false, &response);
  CATCH_CHECK(bad.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(DetailOf<google::rpc::BadRequest>(bad).field_violations(0).field() ==
              "collection.max_index_share");

  grpc::ClientContext context;
  v1::CreateCollectionRequest creation;
  creation.set_collection_id("d");
  creation.mutable_collection()->set_hot_share(0.5);
  CATCH_CHECK(stubs.collections->CreateCollection(&context, creation, &response).ok());
  CATCH_CHECK((response.hot_share() == 0.5 && response.max_index_share() == 0));
  CATCH_CHECK(status().collections(1).granted_index_share() == CollectionOptions().max_index_share);
}

CATCH_TEST_CASE("Documents are added, found, read and deleted") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  v1::AddDocumentsResponse added;
  CATCH_REQUIRE(Add(stubs,
                    {{"one.txt", "the quick brown fox"}, {"two.txt", "a lazy dog"}, {"", "no id"}},
                    &added)
                    .ok());
  CATCH_CHECK(added.added_count() == 2);
  CATCH_CHECK(added.failures_size() == 1);

  v1::SearchResponse found;
  CATCH_REQUIRE(Search(stubs, TextRequest("the quick brown fox"), &found).ok());
  CATCH_REQUIRE(found.hits_size() == 2);
  CATCH_CHECK(found.hits(0).path() == "one.txt");
  CATCH_CHECK(found.hits(0).snippet() == "the quick brown fox");
  CATCH_CHECK(found.hits(0).highlights_size() == 3);
  CATCH_CHECK(found.stats().complete());

  v1::SearchRequest like;
  like.set_parent("collections/c");
  like.set_chunk(found.hits(0).chunk());
  v1::SearchResponse alike;
  CATCH_REQUIRE(Search(stubs, like, &alike).ok());
  CATCH_REQUIRE(alike.hits_size() == 1);
  CATCH_CHECK(alike.hits(0).path() == "two.txt");
  like.set_chunk("collections/c/chunks/999999");
  const grpc::Status unlike = Search(stubs, like, &alike);
  CATCH_CHECK(unlike.error_code() == grpc::StatusCode::NOT_FOUND);
  CATCH_CHECK(DetailOf<google::rpc::ResourceInfo>(unlike).resource_name() == like.chunk());

  v1::ReadDocumentRequest read;
  read.set_name("collections/c/documents/one.txt");
  grpc::ClientContext read_context;
  auto reader = stubs.documents->ReadDocument(&read_context, read);
  v1::ReadDocumentResponse part;
  std::string text;
  while (reader->Read(&part)) text += part.text();
  CATCH_CHECK(reader->Finish().ok());
  CATCH_CHECK(text == "the quick brown fox");

  v1::DeleteDocumentRequest deletion;
  deletion.set_name("collections/c/documents/one.txt");
  google::protobuf::Empty empty;
  grpc::ClientContext first, second;
  CATCH_CHECK(stubs.documents->DeleteDocument(&first, deletion, &empty).ok());
  const grpc::Status gone = stubs.documents->DeleteDocument(&second, deletion, &empty);
  CATCH_CHECK(gone.error_code() == grpc::StatusCode::NOT_FOUND);
  CATCH_CHECK(DetailOf<google::rpc::ErrorInfo>(gone).reason() == "DOCUMENT_NOT_FOUND");
}

CATCH_TEST_CASE(
    "A long document is added in messages and read in parts; chunks are exported once") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  std::string text;
  for (int i = 0; text.size() < 700'000; ++i) absl::StrAppend(&text, "Sentence number ", i, ". ");
  grpc::ClientContext context;
  v1::AddDocumentsResponse response;
  auto writer = stubs.documents->AddDocuments(&context, &response);
  v1::AddDocumentsRequest message;
  message.set_parent("collections/c");
  message.mutable_header()->set_document_id("long.txt");
  for (size_t at = 0; at < text.size(); at += 100'000) {
    message.set_data(text.substr(at, 100'000));
    CATCH_REQUIRE(writer->Write(message));
    message.Clear();
  }
  writer->WritesDone();
  CATCH_REQUIRE(writer->Finish().ok());
  CATCH_CHECK(response.added_count() == 1);

  v1::ReadDocumentRequest read;
  read.set_name("collections/c/documents/long.txt");
  grpc::ClientContext read_context;
  auto reader = stubs.documents->ReadDocument(&read_context, read);
  v1::ReadDocumentResponse part;
  std::string joined;
  while (reader->Read(&part)) {
    CATCH_CHECK(part.text().size() <= 256 << 10);
    joined += part.text();
  }
  CATCH_CHECK(reader->Finish().ok());
  CATCH_CHECK(joined == text);

  v1::ExportChunksRequest request;
  request.set_parent("collections/c");
  grpc::ClientContext export_context;
  auto chunks = stubs.documents->ExportChunks(&export_context, request);
  v1::ExportChunksResponse exported;
  int64_t count = 0;
  int64_t last_id = 0;
  while (chunks->Read(&exported)) {
    for (const auto& chunk : exported.chunks()) {
      CATCH_CHECK(chunk.chunk_id() > last_id);
      last_id = chunk.chunk_id();
      ++count;
    }
  }
  CATCH_CHECK(chunks->Finish().ok());
  CATCH_CHECK(count == response.chunks_embedded());
}

CATCH_TEST_CASE("A folder is indexed by a watched operation") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  served.WriteFile("a.txt", "alpha beta gamma");
  served.WriteFile("sub/b.md", "# Title\n\ndelta epsilon");
  served.WriteFile("binary", std::string("\0\1\2", 3));

  v1::IndexFolderRequest request;
  request.set_parent("collections/c");
  request.set_folder(served.files() + "/sub/../");
  grpc::ClientContext context;
  Operation operation;
  CATCH_REQUIRE(stubs.index->IndexFolder(&context, request, &operation).ok());

  v1::WatchOperationRequest watch;
  watch.set_name(operation.name());
  grpc::ClientContext watch_context;
  auto stream = stubs.index->WatchOperation(&watch_context, watch);
  while (stream->Read(&operation)) {
  }
  CATCH_CHECK(stream->Finish().ok());
  CATCH_CHECK(operation.done());
  v1::IndexFolderResponse result;
  CATCH_REQUIRE(operation.response().UnpackTo(&result));
  CATCH_CHECK(result.added_count() == 2);
  CATCH_CHECK(result.skipped_count() == 1);

  v1::ListSkippedFilesRequest skipped_request;
  skipped_request.set_parent("collections/c");
  v1::ListSkippedFilesResponse skipped;
  grpc::ClientContext skipped_context;
  CATCH_REQUIRE(
      stubs.documents->ListSkippedFiles(&skipped_context, skipped_request, &skipped).ok());
  CATCH_REQUIRE(skipped.skipped_files_size() == 1);
  CATCH_CHECK(skipped.skipped_files(0).path() == served.files() + "/binary");

  v1::GetStatusResponse status;
  grpc::ClientContext status_context;
  CATCH_REQUIRE(stubs.status->GetStatus(&status_context, v1::GetStatusRequest(), &status).ok());
  CATCH_CHECK(status.api_version() == "v1");
  CATCH_CHECK(status.directory_bytes() > 0);
  CATCH_REQUIRE(status.collections_size() == 1);
  CATCH_CHECK(status.collections(0).document_count() == 2);
  CATCH_CHECK(status.collections(0).health_code() == 0);
}

CATCH_TEST_CASE("Bad folders are refused at once") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  const std::string file = served.WriteFile("a.txt", "x");
  const auto index = [&](const std::string& folder) {
    v1::IndexFolderRequest request;
    request.set_parent("collections/c");
    request.set_folder(folder);
    grpc::ClientContext context;
    Operation operation;
    return stubs.index->IndexFolder(&context, request, &operation).error_code();
  };
  CATCH_CHECK(index("") == grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(index("relative/folder") == grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(index(file) == grpc::StatusCode::INVALID_ARGUMENT);
  CATCH_CHECK(index(served.files() + "/none") == grpc::StatusCode::NOT_FOUND);
  // Nothing was created.
  CATCH_CHECK(Create(stubs, "c").ok());
}

CATCH_TEST_CASE("validate_only starts nothing") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  v1::IndexFolderRequest request;
  request.set_parent("collections/c");
  request.set_folder(served.files());
  request.set_validate_only(true);
  grpc::ClientContext context, list_context;
  Operation operation;
  CATCH_REQUIRE(stubs.index->IndexFolder(&context, request, &operation).ok());
  CATCH_CHECK(operation.done());
  google::longrunning::ListOperationsResponse listed;
  CATCH_REQUIRE(stubs.operations->ListOperations(&list_context, {}, &listed).ok());
  CATCH_CHECK(listed.operations_size() == 0);
}

CATCH_TEST_CASE("Unknown things are not found, on every method") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  grpc::ClientContext a, b, c, d, e;
  v1::WatchOperationRequest watch;
  watch.set_name("operations/99");
  auto stream = stubs.index->WatchOperation(&a, watch);
  Operation operation;
  CATCH_CHECK(!stream->Read(&operation));
  CATCH_CHECK(stream->Finish().error_code() == grpc::StatusCode::NOT_FOUND);
  google::longrunning::GetOperationRequest get;
  get.set_name("operations/99");
  CATCH_CHECK(stubs.operations->GetOperation(&b, get, &operation).error_code() ==
              grpc::StatusCode::NOT_FOUND);
  v1::ReadDocumentRequest read;
  read.set_name("collections/none/documents/x");
  auto reader = stubs.documents->ReadDocument(&c, read);
  v1::ReadDocumentResponse part;
  CATCH_CHECK(!reader->Read(&part));
  CATCH_CHECK(reader->Finish().error_code() == grpc::StatusCode::NOT_FOUND);
  v1::SearchResponse found;
  CATCH_CHECK(Search(stubs, TextRequest("x"), &found).error_code() == grpc::StatusCode::NOT_FOUND);
  v1::AddDocumentsResponse added;
  CATCH_CHECK(Add(stubs, {{"a", "b"}}, &added).error_code() == grpc::StatusCode::NOT_FOUND);
  CATCH_CHECK(Add(stubs, {}, &added).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

CATCH_TEST_CASE("Many searches at once are all answered") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  v1::AddDocumentsResponse added;
  std::vector<Text> texts;
  for (int i = 0; i < 40; ++i) texts.push_back({absl::StrCat("d", i), absl::StrCat("text ", i)});
  CATCH_REQUIRE(Add(stubs, texts, &added).ok());
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < 40; i += 4) {
        v1::SearchResponse found;
        const std::string expected = absl::StrCat("d", i);
        if (Search(stubs, TextRequest(absl::StrCat("text ", i)), &found).ok() &&
            found.hits_size() == 10 && found.hits(0).path() == expected) {
          ++right;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CATCH_CHECK(right == 40);
}

CATCH_TEST_CASE("The truth of many queries in one call") {
  ServedEngine served;
  served.Open();
  Stubs stubs(served.Connect());
  CATCH_REQUIRE(Create(stubs, "c").ok());
  v1::AddDocumentsResponse added;
  CATCH_REQUIRE(Add(stubs, {{"one", "alpha"}, {"two", "beta"}}, &added).ok());
  v1::ExhaustiveSearchRequest request;
  request.set_parent("collections/c");
  request.add_texts("alpha");
  request.add_texts("beta");
  request.set_top_k(1);
  v1::ExhaustiveSearchResponse response;
  grpc::ClientContext context;
  CATCH_REQUIRE(stubs.search->ExhaustiveSearch(&context, request, &response).ok());
  CATCH_REQUIRE(response.answers_size() == 2);
  CATCH_REQUIRE(response.answers(0).chunks_size() == 1);
  CATCH_CHECK(response.answers(0).chunks(0).chunk_id() != response.answers(1).chunks(0).chunk_id());
  CATCH_CHECK(response.answers(0).chunks(0).score() == Approx(1.0F).margin(0.001));
}

}  // namespace
}  // namespace seekd::testing
