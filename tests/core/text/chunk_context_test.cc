#include "core/text/chunk_context.h"

#include <random>

#include "tests/core/text/text_test_support.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

TextDocument Document(std::string title, std::vector<Heading> headings) {
  TextDocument document;
  document.title = std::move(title);
  document.headings = std::move(headings);
  return document;
}

CATCH_TEST_CASE("the path of headings behind the title") {
  const TextDocument document = Document(
      "Title", {{0, 1, "One"}, {9, 2, "Two"}, {19, 3, "Three"}, {29, 2, "Four"}, {39, 1, "Five"}});
  const ChunkContexts contexts(document, TestTokenizer(), 48);
  CATCH_CHECK(contexts.Text(0) == "Title");
  CATCH_CHECK(contexts.Text(1) == "Title > One");
  CATCH_CHECK(contexts.Text(3) == "Title > One > Two > Three");
  CATCH_CHECK(contexts.Text(4) == "Title > One > Four");
  CATCH_CHECK(contexts.Text(5) == "Title > Five");
  CATCH_CHECK(contexts.Enclosing(0) == 0);
  CATCH_CHECK(contexts.Enclosing(2) == 2);
  CATCH_CHECK(contexts.Enclosing(3) == 1);
}

CATCH_TEST_CASE("a heading equal to the title stands once; white space is folded") {
  const TextDocument document =
      Document("A  title\n", {{0, 1, "A title"}, {9, 2, " Sub\tsection "}});
  const ChunkContexts contexts(document, TestTokenizer(), 48);
  CATCH_CHECK(contexts.Text(1) == "A title");
  CATCH_CHECK(contexts.Text(2) == "A title > Sub section");
  CATCH_CHECK(ChunkContexts(Document("", {}), TestTokenizer(), 48).Text(0).empty());
}

CATCH_TEST_CASE("outer headings give way first, then words at the end") {
  const TextDocument document =
      Document("title", {{0, 1, "outer outer outer"}, {9, 2, "middle"}, {19, 3, "inner"}});
  CATCH_CHECK(ChunkContexts(document, TestTokenizer(), 5).Text(3) == "title > middle > inner");
  CATCH_CHECK(ChunkContexts(document, TestTokenizer(), 3).Text(3) == "title > inner");
  CATCH_CHECK(ChunkContexts(document, TestTokenizer(), 1).Text(3) == "inner");
  CATCH_CHECK(ChunkContexts(document, TestTokenizer(), 2).Text(1) == "outer outer");
  CATCH_CHECK(ChunkContexts(document, TestTokenizer(), 0).Text(3).empty());
}

CATCH_TEST_CASE("the token counts are those of the text, within the limit") {
  std::mt19937 rng(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Heading> headings;
    for (int i = 0; i < 12; ++i) {
      headings.push_back({static_cast<uint64_t>(i), static_cast<int>(rng() % 10),
                          RandomText(&rng, static_cast<int>(rng() % 12), false)});
    }
    const TextDocument document =
        Document(RandomText(&rng, static_cast<int>(rng() % 20), false), headings);
    const uint32_t limit = rng() % 60;
    const ChunkContexts contexts(document, TestTokenizer(), limit);
    for (size_t i = 0; i <= headings.size(); ++i) {
      CATCH_REQUIRE(contexts.Tokens(i) == TestTokenizer().CountTokens(contexts.Text(i)));
      CATCH_REQUIRE(contexts.Tokens(i) <= limit);
    }
  }
}

CATCH_TEST_CASE("an endless heading is bounded") {
  const TextDocument document = Document("", {{0, 1, std::string(1 << 20, 'x') + " y"}});
  CATCH_CHECK(ChunkContexts(document, TestTokenizer(), 48).Text(1).size() <= 512);
}

}  // namespace
}  // namespace seekd
