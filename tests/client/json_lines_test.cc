#include "client/json_lines.h"

#include <sstream>

#include "tests/support/catch.h"

namespace seekd::client {
namespace {

bool Mentions(const absl::Status& status, const std::string& what) {
  return std::string(status.message()).find(what) != std::string::npos;
}

CATCH_TEST_CASE("documents") {
  const auto full = ParseDocumentLine(R"({"_id":"d1","title":"T","text":"a\nb","url":7})");
  CATCH_REQUIRE(full.ok());
  CATCH_CHECK(full->id == "d1");
  CATCH_CHECK(full->title == "T");
  CATCH_CHECK(full->text == "a\nb");
  CATCH_CHECK(ParseDocumentLine(R"({"_id":12,"text":""})")->id == "12");
  CATCH_CHECK(ParseDocumentLine(R"({"_id":"x","title":null,"text":"t"})")->title.empty());
}

CATCH_TEST_CASE("bad documents say what is wrong") {
  const auto error = [](const char* line) { return ParseDocumentLine(line).status(); };
  CATCH_CHECK(Mentions(error("not json"), "expected JSON"));
  CATCH_CHECK(Mentions(error("{\"_id\":\"a\",\"text\":\"cut"), "expected JSON"));
  CATCH_CHECK(Mentions(error("\"\xff\""), "expected JSON"));
  CATCH_CHECK(Mentions(error("[1]"), "found a JSON array"));
  CATCH_CHECK(Mentions(error(R"({"text":"t"})"), "\"_id\""));
  CATCH_CHECK(Mentions(error(R"({"_id":"","text":"t"})"), "non-empty"));
  CATCH_CHECK(Mentions(error(R"({"_id":1.5,"text":"t"})"), "integer"));
  CATCH_CHECK(Mentions(error(R"({"_id":"a"})"), "\"text\""));
  CATCH_CHECK(Mentions(error(R"({"_id":"a","text":3})"), "found a number"));
  CATCH_CHECK(Mentions(error(R"({"_id":"a","text":"t","title":[]})"), "\"title\""));
}

CATCH_TEST_CASE("queries") {
  std::istringstream good("{\"_id\":\"q1\",\"text\":\"one\"}\n\n{\"_id\":2,\"text\":\"two\"}\r\n");
  const auto queries = ReadQueries(good, "q.jsonl");
  CATCH_REQUIRE(queries.ok());
  CATCH_REQUIRE(queries->size() == 2);
  CATCH_CHECK(queries->at(1).id == "2");
  CATCH_CHECK(queries->at(1).text == "two");
  std::istringstream bad("{\"_id\":\"q1\",\"text\":\"one\"}\n\noops\n");
  CATCH_CHECK(Mentions(ReadQueries(bad, "q.jsonl").status(), "q.jsonl:3: "));
}

CATCH_TEST_CASE("judgements of three and four columns, with and without a heading") {
  std::istringstream beir("query-id\tcorpus-id\tscore\nq 1\td 1\t2\nq 1\td2\t0\r\n");
  const auto three = ReadJudgements(beir, "r.tsv");
  CATCH_REQUIRE(three.ok());
  CATCH_REQUIRE(three->size() == 1);
  CATCH_CHECK(three->at("q 1") == Judgements{{"d 1", 2}, {"d2", 0}});
  std::istringstream trec("q1 0 d1 1\n\nq2 0 d9 3\n");
  const auto four = ReadJudgements(trec, "r.tsv");
  CATCH_REQUIRE(four.ok());
  CATCH_CHECK(four->at("q2") == Judgements{{"d9", 3}});
}

CATCH_TEST_CASE("bad judgements name their line") {
  std::istringstream columns("q1\td1\t1\nq1\td1\n");
  CATCH_CHECK(Mentions(ReadJudgements(columns, "r.tsv").status(), "r.tsv:2: expected 3 or 4"));
  std::istringstream gain("q1\td1\t1\nq1\td1\tmany\n");
  CATCH_CHECK(Mentions(ReadJudgements(gain, "r.tsv").status(), "r.tsv:2: expected a gain"));
}

CATCH_TEST_CASE("query texts, plain or JSON") {
  std::istringstream in("one\r\n \n{\"_id\":\"q\",\"text\":\"two\"}\n{brace\nlast");
  CATCH_CHECK(ReadQueryTexts(in) == std::vector<std::string>{"one", "two", "{brace", "last"});
}

}  // namespace
}  // namespace seekd::client
