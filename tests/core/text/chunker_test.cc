#include "core/text/chunker.h"

#include <algorithm>

#include "core/text/document_reader.h"
#include "core/text/utf8.h"
#include "tests/core/text/text_test_support.h"
#include "tests/support/catch.h"

namespace seekd {
namespace {

TextDocument Markdown(const std::string& text) {
  auto document = ReadDocument("a.md", text, "", {});
  CATCH_REQUIRE(document.ok());
  return *std::move(document);
}

std::string Input(const TextDocument& document, const ChunkSpan& span) {
  const std::string_view text = document.text;
  return EmbeddingInput("", span.context,
                        text.substr(span.byte_begin, span.byte_end - span.byte_begin));
}

// What holds for every document.
void CheckSpans(const TextDocument& document, const std::vector<ChunkSpan>& spans,
                const ChunkingOptions& options) {
  uint64_t at = 0;
  uint32_t line = 1;
  for (const ChunkSpan& span : spans) {
    CATCH_REQUIRE(span.byte_begin == at);
    CATCH_REQUIRE(span.byte_end > span.byte_begin);
    at = span.byte_end;
    if (at < document.text.size()) CATCH_REQUIRE_FALSE(IsUtf8Continuation(document.text[at]));
    CATCH_REQUIRE(TestTokenizer().CountTokens(Input(document, span)) <= options.max_tokens);
    CATCH_REQUIRE(TestTokenizer().CountTokens(span.context) <= options.max_context_tokens);
    CATCH_REQUIRE(span.line_begin >= line);
    CATCH_REQUIRE(span.line_end >= span.line_begin);
    line = span.line_begin;
  }
  if (!spans.empty()) CATCH_REQUIRE(at == document.text.size());
}

CATCH_TEST_CASE("random Markdown is partitioned within the limits, without tiny chunks") {
  std::mt19937 rng(21);
  const ChunkingOptions options;
  for (int round = 0; round < 150; ++round) {
    const TextDocument document = Markdown(RandomMarkdown(&rng, 1 + static_cast<int>(rng() % 40)));
    const auto spans = ChunkDocument(document, TestTokenizer(), options);
    CheckSpans(document, spans, options);
    if (spans.size() < 2) continue;
    for (const ChunkSpan& span : spans) {  // tiny: less than a quarter of the target
      CATCH_REQUIRE(TestTokenizer().CountTokens(Input(document, span)) >=
                    options.target_tokens / 4);
    }
  }
}

CATCH_TEST_CASE("random nasty text under random options") {
  std::mt19937 rng(22);
  for (int round = 0; round < 150; ++round) {
    TextDocument document;
    document.text = RepairUtf8(RandomText(&rng, static_cast<int>(rng() % 1500), true));
    document.title = RepairUtf8(RandomText(&rng, 6, false));
    ChunkingOptions options;
    options.max_context_tokens = rng() % 30;
    options.max_tokens = options.max_context_tokens + 16 + rng() % 100;
    options.target_tokens = 16 + rng() % (options.max_tokens - 15);
    CATCH_REQUIRE(options.Validate().ok());
    const auto spans = ChunkDocument(document, TestTokenizer(), options);
    CheckSpans(document, spans, options);
    const auto again = ChunkDocument(document, TestTokenizer(), options);
    CATCH_REQUIRE(std::equal(spans.begin(), spans.end(), again.begin(), again.end(),
                             [](const ChunkSpan& a, const ChunkSpan& b) {
                               return a.byte_begin == b.byte_begin && a.context == b.context;
                             }));
  }
}

CATCH_TEST_CASE("empty and white texts have no chunks") {
  const TextDocument empty, white = Markdown(" \n\n\t");
  CATCH_CHECK(ChunkDocument(empty, TestTokenizer(), {}).empty());
  CATCH_CHECK(ChunkDocument(white, TestTokenizer(), {}).empty());
}

CATCH_TEST_CASE("a short text is one chunk, white space at both ends included") {
  const TextDocument document = Markdown("\n\n Hello there.\n\n");
  const auto spans = ChunkDocument(document, TestTokenizer(), {});
  CATCH_REQUIRE(spans.size() == 1);
  CATCH_CHECK(spans[0].byte_begin == 0);
  CATCH_CHECK(spans[0].byte_end == document.text.size());
  CATCH_CHECK(spans[0].line_begin == 1);
  CATCH_CHECK(spans[0].line_end == 3);
}

CATCH_TEST_CASE("contexts and lines of a sectioned document") {
  std::string paragraph;
  for (int i = 0; i < 24; ++i) paragraph += "Ten words stand in this line of the section.\n";
  const std::string text = "# Guide\n\n" + paragraph + "\n## Install\n\n" + paragraph + "\n" +
                           paragraph + "\n## Use\n\n" + paragraph;
  const TextDocument document = Markdown(text);
  const auto spans = ChunkDocument(document, TestTokenizer(), {});
  CheckSpans(document, spans, {});
  CATCH_REQUIRE(spans.size() == 4);
  CATCH_CHECK(spans[0].context == "Guide");
  CATCH_CHECK(spans[1].context == "Guide");  // begins with "## Install"
  CATCH_CHECK(text.substr(spans[1].byte_begin, 10) == "## Install");
  CATCH_CHECK(spans[2].context == "Guide > Install");
  CATCH_CHECK(spans[3].context == "Guide");
  CATCH_CHECK(text.substr(spans[3].byte_begin, 6) == "## Use");
  CATCH_CHECK(spans[0].line_end == 26);
  CATCH_CHECK(spans[1].line_begin == 28);
}

CATCH_TEST_CASE("pathological megabytes are chunked in linear time") {
  constexpr size_t kBytes = 4 << 20;
  std::string words, commas, headings, lines;
  while (words.size() < kBytes) words += "lorem ipsum ";
  while (commas.size() < kBytes) commas += "a,b;";
  while (headings.size() < kBytes / 4) headings += "# h\n";
  while (lines.size() < kBytes / 4) lines += "x\n\n";
  for (const std::string& text :
       {std::string(kBytes, 'x'), std::string(kBytes, '!'), std::string(kBytes, ' ') + "x",
        "x" + std::string(kBytes, '\n') + "y", words, commas, headings, lines}) {
    const TextDocument document = Markdown(text);
    const auto spans = ChunkDocument(document, TestTokenizer(), {});
    CATCH_REQUIRE(!spans.empty());
    CATCH_REQUIRE(spans.front().byte_begin == 0);
    CATCH_REQUIRE(spans.back().byte_end == text.size());
  }
}

CATCH_TEST_CASE("options are validated") {
  CATCH_CHECK(ChunkingOptions{}.Validate().ok());
  CATCH_CHECK_FALSE(ChunkingOptions{256, 255, 48}.Validate().ok());
  CATCH_CHECK_FALSE(ChunkingOptions{0, 384, 48}.Validate().ok());
  CATCH_CHECK_FALSE(ChunkingOptions{256, 384, 369}.Validate().ok());
  CATCH_CHECK_FALSE(ChunkingOptions{16, 15, 0}.Validate().ok());
  CATCH_CHECK_FALSE(ChunkingOptions{256, 1u << 20, 48}.Validate().ok());
}

CATCH_TEST_CASE("options shrink to what an encoder takes") {
  const ChunkingOptions options{256, 384, 48};
  for (const uint32_t roomy : {384U, 510U, UINT32_MAX}) {
    CATCH_CHECK(options.Within(roomy).max_tokens == 384);
    CATCH_CHECK(options.Within(roomy).target_tokens == 256);
  }
  const ChunkingOptions small = options.Within(126);
  CATCH_CHECK(small.max_tokens == 126);
  CATCH_CHECK(small.target_tokens == 84);
  CATCH_CHECK(small.max_context_tokens == 15);
  CATCH_CHECK(small.Validate().ok());
  CATCH_CHECK_FALSE(options.Within(10).Validate().ok());
}

CATCH_TEST_CASE("chunks of a larger model are cut for a smaller one") {
  std::mt19937 rng(23);
  const ChunkingOptions large;
  const ChunkingOptions small = large.Within(100);
  int cut = 0;
  for (int round = 0; round < 50; ++round) {
    const TextDocument document = Markdown(RandomMarkdown(&rng, 1 + static_cast<int>(rng() % 40)));
    for (const ChunkSpan& chunk : ChunkDocument(document, TestTokenizer(), large)) {
      const std::string text =
          document.text.substr(chunk.byte_begin, chunk.byte_end - chunk.byte_begin);
      // One that fits is left alone.
      const auto same = RecutChunk(chunk, text, TestTokenizer(), large);
      CATCH_REQUIRE(same.size() == 1);
      CATCH_REQUIRE(same[0].byte_begin == 0);
      CATCH_REQUIRE(same[0].byte_end == text.size());
      CATCH_REQUIRE(same[0].context == chunk.context);
      CATCH_REQUIRE(same[0].line_end == chunk.line_end);

      const auto pieces = RecutChunk(chunk, text, TestTokenizer(), small);
      cut += pieces.size() > 1 ? 1 : 0;
      uint64_t at = 0;
      for (const ChunkSpan& piece : pieces) {
        CATCH_REQUIRE(piece.byte_begin == at);
        at = piece.byte_end;
        CATCH_REQUIRE(piece.line_begin >= chunk.line_begin);
        CATCH_REQUIRE(piece.line_end <= chunk.line_end);
        const std::string input = EmbeddingInput(
            "", piece.context, text.substr(piece.byte_begin, piece.byte_end - piece.byte_begin));
        CATCH_REQUIRE(TestTokenizer().CountTokens(input) <= small.max_tokens);
        CATCH_REQUIRE(piece.context.empty() == chunk.context.empty());
      }
      CATCH_REQUIRE(at == text.size());
    }
  }
  CATCH_CHECK(cut > 20);
}

CATCH_TEST_CASE("the embedding input") {
  CATCH_CHECK(EmbeddingInput("", "", "text") == "text");
  CATCH_CHECK(EmbeddingInput("", "Title > Part", "text") == "Title > Part\ntext");
  CATCH_CHECK(EmbeddingInput("passage: ", "Title", "text") == "passage: Title\ntext");
}

}  // namespace
}  // namespace seekd
