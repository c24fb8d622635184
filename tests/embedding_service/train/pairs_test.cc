#include <algorithm>

#include "core/text/document_reader.h"
#include "embedding_service/train/make_pairs.h"
#include "embedding_service/train/text_pairs.h"
#include "embedding_service/train/token_pairs.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace seekd::train {
namespace {

using testing::TempFolder;

constexpr char kPage[] = R"(---
title: "Kettles"
description: Water is boiled in kettles, and this page explains how.
---
# Kettles

Water is boiled in kettles, and this page explains how. Most have a lid, a spout and a handle.

## How to clean one

Vinegar dissolves the scale that hard water leaves behind. It takes about an hour in most homes.

## Parts

A lid keeps the steam in while the water becomes hot. The spout lets it out when it boils.
)";

std::vector<TextPair> PairsOf(const char* source, size_t sentences) {
  const auto document = ReadDocument("page.md", source, "", {});
  CATCH_REQUIRE(document.ok());
  DocumentPairOptions options;
  options.min_passage_bytes = 30;
  options.min_query_words = 1;
  options.max_sentences = sentences;
  std::mt19937_64 random(1);
  return PairsOfDocument(source, *document, options, &random);
}

const TextPair* Find(const std::vector<TextPair>& pairs, std::string_view query) {
  const auto found = std::ranges::find(pairs, query, &TextPair::query);
  return found == pairs.end() ? nullptr : &*found;
}

CATCH_TEST_CASE("title, description and headings stand over passages", "[train]") {
  const std::vector<TextPair> pairs = PairsOf(kPage, 0);
  const TextPair* title = Find(pairs, "Kettles");
  CATCH_REQUIRE(title != nullptr);
  CATCH_CHECK(title->passage.starts_with("Water is boiled in kettles"));
  const TextPair* cleaning = Find(pairs, "How to clean one");
  CATCH_REQUIRE(cleaning != nullptr);
  CATCH_CHECK(cleaning->passage.starts_with("Vinegar"));
  CATCH_CHECK(cleaning->passage.ends_with("homes."));
  // One word says little without the title.
  CATCH_CHECK(Find(pairs, "Kettles Parts") != nullptr);
}

CATCH_TEST_CASE("a description does not stand in its own answer", "[train]") {
  const std::vector<TextPair> pairs = PairsOf(kPage, 0);
  const TextPair* pair = Find(pairs, "Water is boiled in kettles, and this page explains how.");
  CATCH_REQUIRE(pair != nullptr);
  CATCH_CHECK(pair->passage.starts_with("Most have a lid"));
}

CATCH_TEST_CASE("a sentence asks for the rest of its passage", "[train]") {
  const std::vector<TextPair> all = PairsOf(kPage, 100);
  const std::vector<TextPair> without = PairsOf(kPage, 0);
  CATCH_CHECK(all.size() > without.size());
  for (size_t i = without.size(); i < all.size(); ++i) {
    CATCH_CHECK(all[i].query.size() >= 40);
    CATCH_CHECK(all[i].passage.find(all[i].query) == std::string::npos);
  }
}

CATCH_TEST_CASE("text without blanks is cut all the same", "[train]") {
  const std::string source = "# Long\n\n" + std::string(5000, 'x') + "\n " + std::string(5000, 'y');
  PairsOf(source.c_str(), 100);  // ends
}

CATCH_TEST_CASE("front matter", "[train]") {
  CATCH_CHECK(FrontMatterValue(kPage, "title") == "Kettles");
  CATCH_CHECK(FrontMatterValue(kPage, "author").empty());
  CATCH_CHECK(FrontMatterValue("title: none", "title").empty());
}

CATCH_TEST_CASE("a folder's pairs depend on the seed alone", "[train]") {
  const TempFolder folder;
  folder.Write("in/a.md", kPage);
  folder.Write("in/deep/b.md", std::string(kPage) + "\n## One more part of it\n\nMore " +
                                   std::string(200, 'x') + " and more words.");
  MakePairsOptions options;
  options.text_folder = folder.File("in");
  options.documents.min_passage_bytes = 30;
  const auto make = [&](const char* name, uint64_t seed) {
    options.out = folder.File(name);
    options.seed = seed;
    CATCH_REQUIRE(MakePairs(options).ok());
    return folder.Read(name);
  };
  const std::string first = make("1", 1);
  CATCH_CHECK(first == make("2", 1));
  CATCH_CHECK(first != make("3", 2));
  options.max_pairs = 2;
  make("4", 1);
  const std::string two = folder.Read("4");
  CATCH_CHECK(std::ranges::count(two, '\n') == 2);
}

CATCH_TEST_CASE("a test collection gives queries and titles", "[train]") {
  const TempFolder folder;
  const std::string text(150, 'x');
  folder.Write("c/corpus.jsonl", "{\"_id\": \"1\", \"title\": \"A title\", \"text\": \"" + text +
                                     "\"}\n{\"_id\": \"2\", \"text\": \"" + text + "y\"}\n");
  folder.Write("c/queries.jsonl", "{\"_id\": \"q\", \"text\": \"which?\"}\n");
  folder.Write("c/qrels.tsv", "q\t2\t1\nq\t1\t0\n");
  MakePairsOptions options;
  options.collection_folder = folder.File("c");
  options.out = folder.File("pairs");
  CATCH_CHECK(MakePairs(options).value() == 2);
  options.titles = false;
  CATCH_CHECK(MakePairs(options).value() == 1);
  CATCH_REQUIRE(ForEachPair(options.out, [&](const TextPair& pair) {
                  CATCH_CHECK(pair.query == "which?");
                  CATCH_CHECK(pair.passage == text + "y");
                }).ok());
}

CATCH_TEST_CASE("broken lines are named", "[train]") {
  const TempFolder folder;
  const std::string path =
      folder.Write("p", "{\"query\":\"a\",\"passage\":\"b\"}\n{\"query\":1}\n");
  int seen = 0;
  const absl::Status status = ForEachPair(path, [&](const TextPair&) { ++seen; });
  CATCH_CHECK(seen == 1);
  CATCH_CHECK(status.code() == absl::StatusCode::kDataLoss);
  CATCH_CHECK(std::string(status.message()).find(path + ":2") != std::string::npos);
  MakePairsOptions options;
  options.out = folder.File("out");
  CATCH_CHECK(MakePairs(options).status().code() == absl::StatusCode::kInvalidArgument);
  options.text_folder = folder.File("nowhere");
  CATCH_CHECK(MakePairs(options).status().code() == absl::StatusCode::kNotFound);
}

CATCH_TEST_CASE("an epoch takes no pair twice, batches are of one source", "[train]") {
  std::vector<uint32_t> sources;
  for (uint32_t i = 0; i < 100; ++i) sources.push_back(i < 65 ? 0 : 1);
  BatchOrder order(sources, 10, 3), same(sources, 10, 3);
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::vector<int> taken(100);
    int mixed = 0;
    for (int i = 0; i < 10; ++i) {
      const std::span<const uint32_t> batch = order.Next();
      CATCH_CHECK(std::ranges::equal(batch, same.Next()));
      for (const uint32_t pair : batch) ++taken[pair];
      mixed +=
          std::ranges::any_of(batch, [&](uint32_t p) { return sources[p] != sources[batch[0]]; });
    }
    CATCH_CHECK(std::ranges::count(taken, 1) == 100);
    CATCH_CHECK(mixed <= 1);
  }
}

CATCH_TEST_CASE("equal texts are no wrong answers", "[train]") {
  TokenPairs pairs;
  pairs.query_hashes = {1, 2, 3, 1};
  pairs.passage_hashes = {5, 6, 5, 7};
  const std::vector<uint32_t> batch = {0, 1, 2, 3};
  auto equal = EqualPairs(pairs, batch);
  std::ranges::sort(equal);
  using Places = std::vector<std::pair<uint32_t, uint32_t>>;
  CATCH_CHECK(equal == Places{{0, 2}, {0, 3}, {2, 0}, {3, 0}});
}

}  // namespace
}  // namespace seekd::train
