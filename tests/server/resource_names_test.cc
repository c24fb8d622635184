#include "server/resource_names.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

template <typename T>
bool IsFieldError(const absl::StatusOr<T>& result, const std::string& field) {
  return result.status().code() == absl::StatusCode::kInvalidArgument &&
         result.status().message().substr(0, field.size() + 1) == field + ":";
}

CATCH_TEST_CASE("Collection names") {
  CATCH_CHECK(*ParseCollectionName("parent", "collections/my-notes") == "my-notes");
  CATCH_CHECK(FormatCollectionName("my-notes") == "collections/my-notes");
  for (const char* bad : {"", "my-notes", "collections/", "collections/A", "collections/a/b",
                          "collections/-a", "Collections/a", "collections/a\n"}) {
    CATCH_CHECK(IsFieldError(ParseCollectionName("parent", bad), "parent"));
  }
  CATCH_CHECK(IsFieldError(ParseCollectionName("p", std::string("collections/a\0", 14)), "p"));
  CATCH_CHECK(IsFieldError(ParseCollectionName("p", std::string(1'000'000, '\xFF')), "p"));
}

CATCH_TEST_CASE("A document's id takes the rest of its name") {
  const auto name = ParseDocumentName("name", "collections/c/documents//home/ada/a b.md");
  CATCH_REQUIRE(name.ok());
  CATCH_CHECK(name->collection == "c");
  CATCH_CHECK(name->document == "/home/ada/a b.md");
  CATCH_CHECK(FormatDocumentName(name->collection, name->document) ==
              "collections/c/documents//home/ada/a b.md");
  CATCH_CHECK(ParseDocumentName("name", "collections/c/documents/x/documents/y")->document ==
              "x/documents/y");
  for (const char* bad :
       {"", "collections/c", "collections/c/documents", "collections/c/documents/",
        "collections//documents/x", "collections/c/chunks/1"}) {
    CATCH_CHECK(IsFieldError(ParseDocumentName("name", bad), "name"));
  }
}

CATCH_TEST_CASE("Chunk and operation names") {
  CATCH_CHECK(ParseChunkName("chunk", FormatChunkName("c", ChunkId(17)))->chunk == ChunkId(17));
  CATCH_CHECK(*ParseOperationName("name", FormatOperationName(9)) == 9);
  for (const char* bad : {"collections/c/chunks/", "collections/c/chunks/x",
                          "collections/c/chunks/-1", "collections/c/chunks/18446744073709551616"}) {
    CATCH_CHECK(IsFieldError(ParseChunkName("chunk", bad), "chunk"));
  }
  for (const char* bad : {"", "operations/", "operations/x", "9", "operations/-9"}) {
    CATCH_CHECK(IsFieldError(ParseOperationName("name", bad), "name"));
  }
}

CATCH_TEST_CASE("Pages") {
  CATCH_CHECK(ParsePage(0, "")->size == 100);
  CATCH_CHECK(ParsePage(7, "")->size == 7);
  CATCH_CHECK(ParsePage(1'000'000, "")->size == 1000);
  CATCH_CHECK(IsFieldError(ParsePage(-1, ""), "page_size"));
  const std::string key("/a b/\xC3\xA9\n", 8);
  CATCH_CHECK(ParsePage(1, FormatPageToken(key))->after == key);
  for (const char* bad : {"x", "!!!!", "L2hvbWU", "/home/ada"}) {
    CATCH_CHECK(IsFieldError(ParsePage(1, bad), "page_token"));
  }
}

}  // namespace
}  // namespace seekd
