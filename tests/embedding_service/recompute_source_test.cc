#include "embedding_service/recompute_source.h"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <future>

#include "core/text/chunker.h"
#include "tests/support/catch.h"
#include "tests/support/fake_encoder.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

constexpr uint32_t kDim = 16;

std::string WithVocabulary(const testing::TempFolder& folder) {
  folder.Write("vocab.txt",
               "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nalpha\nbeta\ngamma\ndelta\ntitle\n.\n");
  return folder.path();
}

// A collection of one document with four chunks.
struct Harness {
  explicit Harness(uint64_t cache_bytes = 1 << 20)
      : tokenizer(Tokenizer::Load(WithVocabulary(folder)).value()),
        encoder(kDim),
        database(Store::Open(folder.File("store"), StoreOptions{}).value()) {
    CollectionRecord record;
    record.name = "test";
    record.dim = kDim;
    collection = database->OpenCollection(database->CreateCollection(record)->id).value();
    DocumentWrite document;
    document.document.id = "/a";
    for (const char* text : {"alpha beta", "beta gamma", "gamma delta", "alpha alpha delta"}) {
      ChunkWrite chunk;
      chunk.context = "title";
      chunk.text = text;
      chunk.digest = ChunkDigest(chunk.context, chunk.text);
      chunk.embedding.assign(kDim, 0);
      document.chunks.push_back(chunk);
      texts.push_back(text);
    }
    CATCH_REQUIRE(collection->PutDocuments({document}, false).ok());
    ids = collection->LiveChunks().value();
    CATCH_REQUIRE(ids.size() == texts.size());
    source =
        std::make_unique<RecomputeSource>(collection.get(), tokenizer.get(), &encoder, cache_bytes);
  }

  absl::StatusOr<EmbeddingRows> Fetch(std::vector<ChunkId> wanted, bool use_cache = true) {
    asio::io_context context;
    EncodeOptions options;
    options.use_cache = use_cache;
    auto rows =
        asio::co_spawn(context, source->Fetch(std::move(wanted), options), asio::use_future);
    context.run();
    return rows.get();
  }

  std::vector<float> Expected(size_t i) const {
    return encoder.EncodeOne(tokenizer->Tokenize(EmbeddingInput("", "title", texts[i])));
  }

  testing::TempFolder folder;
  std::unique_ptr<Tokenizer> tokenizer;
  testing::FakeEncoder encoder;
  std::unique_ptr<Store> database;
  std::unique_ptr<CollectionStore> collection;
  std::vector<std::string> texts;
  std::vector<ChunkId> ids;
  std::unique_ptr<RecomputeSource> source;
};

std::vector<float> RowOf(const EmbeddingRows& rows, size_t i) {
  return {rows.row(i).begin(), rows.row(i).end()};
}

CATCH_TEST_CASE("rows in order, equal ids once", "[recompute_source]") {
  Harness h;
  auto rows = h.Fetch({h.ids[2], h.ids[0], h.ids[2]});
  CATCH_REQUIRE(rows.ok());
  CATCH_CHECK(rows->rows() == 3);
  CATCH_CHECK(RowOf(*rows, 0) == h.Expected(2));
  CATCH_CHECK(RowOf(*rows, 1) == h.Expected(0));
  CATCH_CHECK(RowOf(*rows, 2) == h.Expected(2));
  CATCH_CHECK(rows->recomputed == 2);
  CATCH_CHECK(rows->cache_hits == 0);
  CATCH_CHECK(rows->missing.empty());
  CATCH_CHECK(h.encoder.rows_encoded() == 2);
}

CATCH_TEST_CASE("the cache serves what was recomputed before", "[recompute_source]") {
  Harness h;
  CATCH_REQUIRE(h.Fetch({h.ids[0], h.ids[1]}).ok());
  auto rows = h.Fetch({h.ids[1], h.ids[3], h.ids[0], h.ids[1]});
  CATCH_REQUIRE(rows.ok());
  CATCH_CHECK(rows->recomputed == 1);
  CATCH_CHECK(rows->cache_hits == 2);
  const size_t order[] = {1, 3, 0, 1};
  for (size_t i = 0; i < 4; ++i) CATCH_CHECK(RowOf(*rows, i) == h.Expected(order[i]));
  rows = h.Fetch({h.ids[3]});
  CATCH_CHECK(rows->cache_hits == 1);
  CATCH_CHECK(h.encoder.rows_encoded() == 3);
}

CATCH_TEST_CASE("without the cache nothing is read from it or left in it", "[recompute_source]") {
  Harness h;
  CATCH_CHECK(h.Fetch({h.ids[0]}, false)->recomputed == 1);
  CATCH_CHECK(h.Fetch({h.ids[0]}, true)->recomputed == 1);
  CATCH_CHECK(h.Fetch({h.ids[0]}, false)->recomputed == 1);
  CATCH_CHECK(h.Fetch({h.ids[0]}, true)->cache_hits == 1);
}

CATCH_TEST_CASE("chunks that are gone are marked", "[recompute_source]") {
  Harness h;
  const ChunkId gone(1234567);
  auto rows = h.Fetch({gone, h.ids[1], gone});
  CATCH_REQUIRE(rows.ok());
  CATCH_CHECK(rows->missing == std::vector<uint8_t>{1, 0, 1});
  CATCH_CHECK(rows->recomputed == 1);
  CATCH_CHECK(RowOf(*rows, 1) == h.Expected(1));
  CATCH_CHECK(RowOf(*rows, 0) == std::vector<float>(kDim, 0));
  rows = h.Fetch({gone});
  CATCH_CHECK(rows->missing == std::vector<uint8_t>{1});
  CATCH_CHECK(rows->recomputed == 0);
}

CATCH_TEST_CASE("nothing asked, nothing done; errors pass through", "[recompute_source]") {
  Harness h;
  CATCH_CHECK(h.Fetch({})->rows() == 0);
  CATCH_CHECK(h.encoder.calls() == 0);
  testing::FakeEncoder narrow(kDim, 1);
  RecomputeSource source(h.collection.get(), h.tokenizer.get(), &narrow, 0);
  asio::io_context context;
  std::vector<ChunkId> ids = {h.ids[0]};
  auto rows =
      asio::co_spawn(context, source.Fetch(std::move(ids), EncodeOptions{}), asio::use_future);
  context.run();
  CATCH_CHECK(rows.get().status().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace seekd
