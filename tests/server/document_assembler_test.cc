#include "server/document_assembler.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

v1::AddDocumentsRequest Begin(const std::string& id, const std::string& data = "") {
  v1::AddDocumentsRequest message;
  message.mutable_header()->set_document_id(id);
  message.set_data(data);
  return message;
}

v1::AddDocumentsRequest More(const std::string& data) {
  v1::AddDocumentsRequest message;
  message.set_data(data);
  return message;
}

CATCH_TEST_CASE("Messages become documents") {
  DocumentAssembler assembler(100);
  for (v1::AddDocumentsRequest message :
       {Begin("a", "one "), More("two "), More(""), More("three"), Begin("b"), Begin("c", "x")}) {
    CATCH_REQUIRE(assembler.Accept(&message).ok());
  }
  CATCH_CHECK(assembler.TakeBatch().size() == 2);
  assembler.End();
  const std::vector<NewDocument> last = assembler.TakeBatch();
  CATCH_REQUIRE(last.size() == 1);
  CATCH_CHECK(last[0].id == "c");
  CATCH_CHECK(assembler.TakeFailures().empty());
}

CATCH_TEST_CASE("Title, media type, time and bytes arrive") {
  DocumentAssembler assembler(100);
  v1::AddDocumentsRequest message = Begin("a", "by");
  message.mutable_header()->set_title("T");
  message.mutable_header()->set_media_type("text/plain");
  message.mutable_header()->mutable_modify_time()->set_seconds(2);
  v1::AddDocumentsRequest more = More("tes");
  CATCH_REQUIRE(assembler.Accept(&message).ok());
  CATCH_REQUIRE(assembler.Accept(&more).ok());
  assembler.End();
  const NewDocument document = assembler.TakeBatch().at(0);
  CATCH_CHECK(document.title == "T");
  CATCH_CHECK(document.media_type == "text/plain");
  CATCH_CHECK(document.modify_time_us == 2'000'000);
  CATCH_CHECK(document.bytes == "bytes");
}

CATCH_TEST_CASE("Data needs a header first") {
  DocumentAssembler assembler(100);
  v1::AddDocumentsRequest message = More("x");
  CATCH_CHECK(assembler.Accept(&message).code() == absl::StatusCode::kInvalidArgument);
}

CATCH_TEST_CASE("A document larger than allowed is a failure; the others go on") {
  DocumentAssembler assembler(10);
  for (v1::AddDocumentsRequest message :
       {Begin("big", "12345678"), More("901"), More("more"), Begin("fits", "1234567890"),
        Begin("huge", "12345678901")}) {
    CATCH_REQUIRE(assembler.Accept(&message).ok());
  }
  assembler.End();
  const std::vector<NewDocument> documents = assembler.TakeBatch();
  CATCH_REQUIRE(documents.size() == 1);
  CATCH_CHECK(documents[0].bytes == "1234567890");
  const std::vector<AddFailure> failures = assembler.TakeFailures();
  CATCH_REQUIRE(failures.size() == 2);
  CATCH_CHECK(failures[0].id == "big");
  CATCH_CHECK(failures[1].id == "huge");
  CATCH_CHECK(failures[0].status.code() == absl::StatusCode::kResourceExhausted);
}

CATCH_TEST_CASE("Ids of no or too many bytes are failures") {
  DocumentAssembler assembler(10);
  for (v1::AddDocumentsRequest message :
       {Begin("", "x"), Begin(std::string(kMaxDocumentIdBytes + 1, 'i'), "x"),
        Begin(std::string(kMaxDocumentIdBytes, 'i'), "x")}) {
    CATCH_REQUIRE(assembler.Accept(&message).ok());
  }
  assembler.End();
  CATCH_CHECK(assembler.TakeBatch().size() == 1);
  CATCH_CHECK(assembler.TakeFailures().size() == 2);
}

CATCH_TEST_CASE("A batch is full by number or by bytes") {
  DocumentAssembler assembler(kMaxBatchBytes);
  for (size_t i = 0; i <= kMaxBatchDocuments; ++i) {
    CATCH_CHECK(!assembler.batch_is_full());
    v1::AddDocumentsRequest message = Begin("d" + std::to_string(i));
    CATCH_REQUIRE(assembler.Accept(&message).ok());
  }
  CATCH_CHECK(assembler.batch_is_full());
  assembler.TakeBatch();
  CATCH_CHECK(!assembler.batch_is_full());
  v1::AddDocumentsRequest big = Begin("big", std::string(kMaxBatchBytes, 'x'));
  CATCH_REQUIRE(assembler.Accept(&big).ok());
  assembler.End();
  CATCH_CHECK(assembler.batch_is_full());
}

}  // namespace
}  // namespace seekd
