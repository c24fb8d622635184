#include "core/collection/document_filter.h"

#include "tests/support/catch.h"

namespace seekd {
namespace {

DocumentRecord Document(const char* id, int64_t mtime_us) {
  DocumentRecord record;
  record.id = id;
  record.source.mtime_ns = mtime_us * 1000;
  return record;
}

CATCH_TEST_CASE("An empty filter matches everything") {
  CATCH_CHECK(DocumentFilter().empty());
  CATCH_CHECK(DocumentFilter().Matches(Document("/a", 0)));
}

CATCH_TEST_CASE("Each condition excludes on its own") {
  const DocumentRecord document = Document("/home/ada/notes/todo.md", 1000);
  DocumentFilter filter;
  filter.path_prefix = "/home/ada/";
  filter.path_glob = "/home/**/*.md";
  filter.modified_after_us = 1000;   // inclusive
  filter.modified_before_us = 1001;  // exclusive
  CATCH_CHECK(filter.Matches(document));

  DocumentFilter other = filter;
  other.path_prefix = "/home/bob/";
  CATCH_CHECK(!other.Matches(document));
  other = filter;
  other.path_glob = "/home/*.md";
  CATCH_CHECK(!other.Matches(document));
  other = filter;
  other.modified_after_us = 1001;
  CATCH_CHECK(!other.Matches(document));
  other = filter;
  other.modified_before_us = 1000;
  CATCH_CHECK(!other.Matches(document));
}

}  // namespace
}  // namespace seekd
