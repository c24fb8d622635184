// A collection from files to hits, with the real store, tokenizer, graph, codes
// and search; only the encoder is FakeEncoder.
#include "core/collection/collection.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/collection/engine.h"
#include "core/collection/run_sync.h"
#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;
using testing::FakeBackend;
using testing::TempFolder;

const char* const kTopics[] = {"walrus",  "glacier", "tractor", "violin", "harbour",
                               "compass", "lantern", "orchard", "pepper", "quartz"};

// A page about one topic, long enough for several chunks.
std::string Page(const std::string& topic, int number) {
  std::string text = "# About the " + topic + "\n\n";
  for (int i = 0; i < 40; ++i) {
    text += "The " + topic + " number " + std::to_string(number) + " has a story of " +
            std::to_string(i * 7 + number) + " days that nobody remembers.";
    text += i % 5 == 4 ? "\n\n" : " ";
  }
  return text;
}

struct Fixture {
  explicit Fixture(CollectionOptions options = {}) {
    options.threads = 2;
    auto opened = Engine::Open(data.path(), &backend, options);
    CATCH_REQUIRE(opened.status() == absl::OkStatus());
    engine = *std::move(opened);
    collection = *engine->Create("test");
  }

  void WritePages(int per_topic) const {
    for (const std::string topic : kTopics) {
      for (int i = 0; i < per_topic; ++i) {
        files.Write(topic + "/" + std::to_string(i) + ".md", Page(topic, i));
      }
    }
  }
  IndexReport Index(const CancellationPtr& cancellation = nullptr) {
    auto report = collection->IndexFolder(files.path(), cancellation, nullptr);
    CATCH_REQUIRE(report.status() == absl::OkStatus());
    return *report;
  }
  QueryResult Search(SearchQuery query) {
    auto result = RunSync(collection->Search(std::move(query)));
    CATCH_REQUIRE(result.status() == absl::OkStatus());
    return *std::move(result);
  }
  QueryResult SearchText(const std::string& text, uint32_t k = 5) {
    SearchQuery query;
    query.text = text;
    query.options.top_k = k;
    return Search(std::move(query));
  }
  absl::Status Set(const CollectionSettings& settings) {
    return collection->UpdateSettings([&](CollectionSettings* old) { *old = settings; });
  }
  void Reopen() {
    collection.reset();
    engine.reset();
    auto opened = Engine::Open(data.path(), &backend, CollectionOptions());
    CATCH_REQUIRE(opened.status() == absl::OkStatus());
    engine = *std::move(opened);
    collection = *engine->Find("test");
  }

  TempFolder data;
  TempFolder files;
  FakeBackend backend;
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Collection> collection;
};

void CheckHit(const Fixture& f, const Hit& hit) {
  const auto text = f.collection->store().GetDocumentText(hit.document_id);
  CATCH_REQUIRE(text.ok());
  CATCH_CHECK(text->substr(hit.byte_begin, hit.byte_end - hit.byte_begin) == hit.text);
  const auto lines =
      std::count(text->begin(), text->begin() + static_cast<ptrdiff_t>(hit.byte_begin), '\n');
  CATCH_CHECK(hit.line_begin == static_cast<uint32_t>(lines) + 1);
}

CATCH_TEST_CASE("A folder is indexed and found by its content") {
  Fixture f;
  f.WritePages(5);
  const IndexReport report = f.Index();
  CATCH_CHECK(report.added == 50);
  CATCH_CHECK(report.rebuilt);
  CATCH_CHECK(report.chunks_embedded > 50);

  const auto ledger = f.collection->Ledger();
  CATCH_REQUIRE(ledger.ok());
  CATCH_CHECK(ledger->documents == 50);
  CATCH_CHECK(ledger->nodes == ledger->chunks);
  CATCH_CHECK(ledger->pending == 0);
  CATCH_CHECK(ledger->index_bytes > ledger->graph_bytes + ledger->code_bytes + ledger->node_bytes);

  const QueryResult result = f.SearchText("story of the violin");
  CATCH_REQUIRE(result.hits.size() == 5);
  CATCH_CHECK(result.stats.search.recomputed > 0);
  for (const Hit& hit : result.hits) {
    CATCH_CHECK(hit.document_id.find("/violin/") != std::string::npos);
    CATCH_CHECK(hit.title == "About the violin");
    CheckHit(f, hit);
  }
}

CATCH_TEST_CASE("Indexing again touches only what changed") {
  Fixture f;
  f.WritePages(3);
  f.Index();
  const uint64_t encoded = f.backend.fake_encoder().rows_encoded();

  const IndexReport same = f.Index();
  CATCH_CHECK(same.unchanged == 30);
  CATCH_CHECK(same.added + same.updated + same.deleted == 0);
  CATCH_CHECK(!same.rebuilt);
  CATCH_CHECK(f.backend.fake_encoder().rows_encoded() == encoded);

  // Touched, edited, new, deleted, moved.
  fs::last_write_time(f.files.File("walrus/0.md"),
                      fs::last_write_time(f.files.File("walrus/0.md")) + std::chrono::seconds(5));
  f.files.Write("walrus/1.md",
                "# Penguins\n\nA penguin is not a walrus at all, says the keeper.\n");
  f.files.Write("walrus/new.md", "# Zeppelin\n\nThe zeppelin lands beside the airfield.\n");
  fs::remove(f.files.File("walrus/2.md"));
  fs::rename(f.files.File("glacier/0.md"), f.files.File("glacier/moved.md"));
  const IndexReport report = f.Index();
  CATCH_CHECK(report.added == 2);
  CATCH_CHECK(report.updated == 1);
  CATCH_CHECK(report.deleted == 2);
  CATCH_CHECK(report.unchanged == 27);
  CATCH_CHECK(report.chunks_embedded == 2);  // the moved file costs nothing

  CATCH_CHECK(f.SearchText("zeppelin airfield", 1).hits.at(0).document_id ==
              f.files.File("walrus/new.md"));
  CATCH_CHECK(f.SearchText("penguin keeper", 1).hits.at(0).document_id ==
              f.files.File("walrus/1.md"));
  for (const Hit& hit : f.SearchText("the walrus number 2 has a story", 50).hits) {
    CATCH_CHECK(hit.document_id != f.files.File("walrus/2.md"));
    CATCH_CHECK(hit.document_id != f.files.File("glacier/0.md"));
  }
}

CATCH_TEST_CASE("Everything survives a restart") {
  Fixture f;
  f.WritePages(3);
  f.Index();
  f.files.Write("late.md", "# Zeppelin\n\nThe zeppelin lands beside the airfield.\n");
  f.Index();
  const auto before = *f.collection->Ledger();
  CATCH_REQUIRE(before.pending == 1);
  f.Reopen();
  const auto after = *f.collection->Ledger();
  CATCH_CHECK(after.documents == before.documents);
  CATCH_CHECK(after.nodes == before.nodes);
  CATCH_CHECK(after.pending == 1);
  CATCH_CHECK(f.SearchText("zeppelin airfield", 1).hits.at(0).document_id ==
              f.files.File("late.md"));
}

CATCH_TEST_CASE("A changed share rebuilds the index, and only once") {
  Fixture f;
  f.WritePages(30);
  f.Index();
  const CollectionLedger before = *f.collection->Ledger();
  CATCH_CHECK(before.granted_index_share == CollectionOptions().max_index_share);
  CATCH_CHECK(f.Set({.max_index_share = 0.30}).ok());
  CATCH_CHECK(f.collection->Ledger()->granted_index_share == 0.30);

  CATCH_CHECK(f.Index().rebuilt);
  const CollectionLedger after = *f.collection->Ledger();
  CATCH_CHECK(after.generation > before.generation);
  CATCH_CHECK(after.index_bytes > before.index_bytes);
  CATCH_CHECK(static_cast<double>(after.index_bytes) <=
              0.30 * static_cast<double>(after.text_bytes));
  CATCH_CHECK(!f.Index().rebuilt);

  f.Reopen();
  CATCH_CHECK(f.collection->settings().max_index_share == 0.30);
  CATCH_CHECK(!f.Index().rebuilt);
  CATCH_CHECK(f.Set({}).ok());  // back to the daemon's
  CATCH_CHECK(*f.collection->Optimize(/*force=*/false, nullptr, nullptr));
  CATCH_CHECK(f.collection->Ledger()->code_bytes == before.code_bytes);

  const absl::Status refused = f.Set({.max_index_share = 1.5});
  CATCH_CHECK(absl::IsInvalidArgument(refused));
  CATCH_CHECK(refused.message().find("max_index_share") != std::string::npos);
  CATCH_CHECK(f.collection->settings() == CollectionSettings());
}

CATCH_TEST_CASE("The hot cache saves what searches asked for, from the next generation on") {
  Fixture f;
  f.WritePages(30);
  f.Index();
  CATCH_CHECK(f.collection->Ledger()->hot_bytes == 0);
  std::vector<QueryResult> before;
  for (const char* topic : kTopics) before.push_back(f.SearchText(topic));
  const uint64_t asked = f.collection->Ledger()->asked.recomputed;
  CATCH_CHECK(asked > 0);
  CATCH_CHECK(f.collection->Ledger()->asked.from_hot_cache == 0);

  CATCH_REQUIRE(f.engine->Sync().ok());  // the counts survive a restart
  f.Reopen();
  CATCH_CHECK(f.Set({.hot_share = 0.9}).ok());
  CATCH_CHECK(f.Index().rebuilt);
  CATCH_CHECK(!f.Index().rebuilt);
  const CollectionLedger ledger = *f.collection->Ledger();
  CATCH_CHECK(ledger.hot_rows > 0);
  CATCH_CHECK(static_cast<double>(ledger.hot_bytes) <=
              0.9 * static_cast<double>(ledger.text_bytes));
  CATCH_CHECK(ledger.index_bytes >
              ledger.hot_bytes + ledger.graph_bytes + ledger.code_bytes + ledger.node_bytes);

  uint64_t hits = 0, recomputed = 0, compared = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const QueryResult after = f.SearchText(kTopics[i]);
    hits += after.stats.search.cache_hits;
    recomputed += after.stats.search.recomputed;
    CATCH_REQUIRE(after.hits.size() == before[i].hits.size());
    // Another graph may find others; the score of one found both times is the same.
    for (const Hit& hit : after.hits) {
      const auto same = std::ranges::find(before[i].hits, hit.chunk, &Hit::chunk);
      if (same == before[i].hits.end()) continue;
      ++compared;
      CATCH_CHECK(std::abs(hit.score - same->score) <= 1e-3F);
    }
  }
  CATCH_CHECK((hits > 0 && compared > 0));
  CATCH_CHECK(recomputed < asked);
  CATCH_CHECK(f.collection->Ledger()->asked.from_hot_cache == hits);

  SearchQuery uncached;
  uncached.text = kTopics[0];
  uncached.options.use_cache = false;
  CATCH_CHECK(f.Search(uncached).stats.search.cache_hits == 0);
  CATCH_CHECK(f.collection->Ledger()->asked.from_hot_cache == hits);
}

CATCH_TEST_CASE("An idle collection gives its memory back once and answers as before") {
  Fixture f;
  f.WritePages(3);
  f.Index();
  using std::chrono::minutes;
  const auto now = std::chrono::steady_clock::now();
  CATCH_CHECK(f.engine->ReleaseIdle(now + minutes(9), minutes(10)) == 0);
  CATCH_CHECK(f.engine->ReleaseIdle(now + minutes(60), minutes(10)) == 1);  // just indexed
  CATCH_CHECK(f.engine->ReleaseIdle(now + minutes(60), minutes(10)) == 0);
  const QueryResult before = f.SearchText("walrus");
  CATCH_CHECK(f.engine->ReleaseIdle(now + minutes(9), minutes(10)) == 0);
  CATCH_CHECK(f.engine->ReleaseIdle(now + minutes(11), minutes(10)) == 1);
  CATCH_CHECK(f.engine->ReleaseIdle(now + minutes(22), minutes(10)) == 0);
  const QueryResult after = f.SearchText("walrus");
  CATCH_REQUIRE(after.hits.size() == before.hits.size());
  CATCH_CHECK(after.hits[0].text == before.hits[0].text);
  CATCH_CHECK(after.hits[0].score == before.hits[0].score);
  CATCH_CHECK(f.engine->ReleaseIdle(std::chrono::steady_clock::now() + minutes(11), minutes(10)) ==
              1);
}

CATCH_TEST_CASE("What cannot be indexed is listed with its reason") {
  Fixture f;
  f.files.Write("good.txt", "A good file about quartz.");
  f.files.Write("binary.dat", std::string("ab\0cd", 5) + std::string(100, '\1'));
  f.files.Write("latin1.txt", "caf\xe9 au lait, s'il vous pla\xeet");
  const IndexReport report = f.Index();
  CATCH_CHECK(report.added == 2);
  CATCH_CHECK(report.skipped == 1);
  const auto skipped = f.collection->store().ListSkipped("", 10);
  CATCH_REQUIRE(skipped.ok());
  CATCH_REQUIRE(skipped->size() == 1);
  CATCH_CHECK(skipped->at(0).path == f.files.File("binary.dat"));
  CATCH_CHECK(skipped->at(0).reason.find("binary") != std::string::npos);

  f.files.Write("binary.dat", "now it is text");
  f.Index();
  CATCH_CHECK(f.collection->Ledger()->skipped == 0);
}

CATCH_TEST_CASE("A missing folder deletes nothing") {
  Fixture f;
  f.WritePages(1);
  f.Index();
  const std::string away = f.files.path() + "-away";
  fs::rename(f.files.path(), away);
  const auto report = f.collection->IndexFolder(f.files.path(), nullptr, nullptr);
  fs::rename(away, f.files.path());
  CATCH_CHECK(absl::IsNotFound(report.status()));
  CATCH_CHECK(f.collection->Ledger()->documents == 10);
}

CATCH_TEST_CASE("Equal chunks are shared and named in every document") {
  Fixture f;
  f.files.Write("a.md", Page("comet", 1));
  f.files.Write("b.md", Page("comet", 1));
  const IndexReport report = f.Index();
  const auto ledger = *f.collection->Ledger();
  CATCH_CHECK(report.chunks_embedded == ledger.chunks);
  const QueryResult result = f.SearchText("comet", 1);
  CATCH_REQUIRE(result.hits.size() == 1);
  CATCH_CHECK(result.hits[0].document_id == f.files.File("a.md"));
  CATCH_CHECK(result.hits[0].also_in == std::vector<std::string>{f.files.File("b.md")});

  fs::remove(f.files.File("a.md"));
  f.Index();
  CATCH_CHECK(f.SearchText("comet", 1).hits.at(0).document_id == f.files.File("b.md"));
}

CATCH_TEST_CASE("Filters act inside the search") {
  Fixture f;
  f.WritePages(4);
  f.Index();
  SearchQuery query;
  query.text = "story of the violin";
  query.options.top_k = 5;
  query.filter.path_prefix = f.files.File("orchard/");
  const QueryResult prefix = f.Search(query);
  CATCH_REQUIRE(prefix.hits.size() == 5);
  for (const Hit& hit : prefix.hits)
    CATCH_CHECK(hit.document_id.starts_with(f.files.File("orchard/")));

  query.filter = {};
  query.filter.path_glob = "**/3.md";
  std::set<std::string> documents;
  for (const Hit& hit : f.Search(query).hits) documents.insert(hit.document_id);
  CATCH_CHECK(!documents.empty());
  for (const std::string& id : documents) CATCH_CHECK(id.ends_with("/3.md"));

  query.filter = {};
  query.filter.modified_before_us = 1;
  CATCH_CHECK(f.Search(query).hits.empty());
}

CATCH_TEST_CASE("Like this document finds its kind and not itself") {
  Fixture f;
  f.WritePages(3);
  f.Index();
  SearchQuery query;
  query.like_document = f.files.File("harbour/1.md");
  query.options.top_k = 4;
  const QueryResult like = f.Search(query);
  CATCH_REQUIRE(like.hits.size() == 4);
  for (const Hit& hit : like.hits) {
    CATCH_CHECK(hit.document_id != f.files.File("harbour/1.md"));
    CATCH_CHECK(hit.document_id.find("/harbour/") != std::string::npos);
  }
  SearchQuery chunk;
  chunk.like_chunk = like.hits[0].chunk;
  for (const Hit& hit : f.Search(chunk).hits) CATCH_CHECK(hit.chunk != like.hits[0].chunk);

  query.like_document = "/nowhere";
  CATCH_CHECK(absl::IsNotFound(RunSync(f.collection->Search(query)).status()));
  CATCH_CHECK(absl::IsInvalidArgument(RunSync(f.collection->Search(SearchQuery())).status()));
}

CATCH_TEST_CASE("Documents are added from bytes, replaced, refused and deleted") {
  Fixture f;
  NewDocument good{"note-1", "Recipes", "text/plain", "Boil the pepper slowly.", 0};
  NewDocument bad{"", "", "", "x", 0};
  const auto report = f.collection->AddDocuments({good, bad}, nullptr);
  CATCH_REQUIRE(report.ok());
  CATCH_CHECK(report->added == 1);
  CATCH_REQUIRE(report->failures.size() == 1);
  CATCH_CHECK(absl::IsInvalidArgument(report->failures[0].status));
  CATCH_CHECK(f.collection->AddDocuments({good}, nullptr)->unchanged == 1);
  good.bytes = "Roast the pepper quickly.";
  CATCH_CHECK(f.collection->AddDocuments({good}, nullptr)->updated == 1);
  CATCH_REQUIRE(f.SearchText("pepper").hits.size() == 1);
  CATCH_CHECK(f.SearchText("pepper").hits[0].title == "Recipes");
  CATCH_CHECK(f.collection->DeleteDocuments({"note-1"}).ok());
  CATCH_CHECK(absl::IsNotFound(f.collection->DeleteDocuments({"note-1"})));
  CATCH_CHECK(f.SearchText("pepper").hits.empty());
}

CATCH_TEST_CASE("Exhaustive truth agrees with the brute strategy") {
  Fixture f;
  f.WritePages(2);
  f.Index();
  const auto truth =
      RunSync(f.collection->ExhaustiveSearch({"the lantern story", "quartz"}, 3, nullptr));
  CATCH_REQUIRE(truth.ok());
  CATCH_REQUIRE(truth->size() == 2);
  SearchQuery query;
  query.text = "the lantern story";
  query.options.strategy = Strategy::kBrute;
  query.options.top_k = 3;
  const QueryResult brute = f.Search(query);
  for (size_t i = 0; i < 3; ++i) {
    CATCH_CHECK(brute.hits[i].chunk == truth->at(0)[i].chunk);
    CATCH_CHECK(brute.hits[i].score == truth->at(0)[i].score);
  }
}

CATCH_TEST_CASE("A cancelled run keeps what was committed and can be repeated") {
  Fixture f;
  f.WritePages(30);
  auto cancellation = std::make_shared<Cancellation>();
  const auto report =
      f.collection->IndexFolder(f.files.path(), cancellation, [&](const IndexProgress& p) {
        if (p.phase == IndexPhase::kBuilding) cancellation->Cancel();
      });
  CATCH_CHECK(absl::IsCancelled(report.status()));
  CATCH_CHECK(f.collection->Ledger()->documents == 300);
  CATCH_CHECK(f.collection->Ledger()->nodes == 0);
  CATCH_CHECK(!f.SearchText("violin").hits.empty());  // pending chunks are searched exactly
  const IndexReport again = f.Index();
  CATCH_CHECK(again.unchanged == 300);
  CATCH_CHECK(again.rebuilt);
}

CATCH_TEST_CASE("A corrupt generation fails its searches and indexing heals it") {
  for (const char* file :
       {"gen-1/graph.bin", "gen-1/codes.bin", "gen-1/nodes.bin", "gen-1/MANIFEST", "CURRENT"}) {
    Fixture f;
    f.WritePages(2);
    f.Index();
    f.collection.reset();
    f.engine.reset();
    const std::string path = f.data.File("collections/1/" + std::string(file));
    CATCH_INFO(file);
    CATCH_REQUIRE(fs::exists(path));
    const auto size = fs::file_size(path);
    {
      std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
      stream.seekg(static_cast<std::streamoff>(size / 2));
      const int byte = stream.get();
      stream.seekp(static_cast<std::streamoff>(size / 2));
      stream.put(static_cast<char>(byte ^ 0x5a));
    }
    f.Reopen();
    SearchQuery query;
    query.text = "violin";
    query.options.strategy = Strategy::kFrugal;
    const auto result = RunSync(f.collection->Search(query));
    CATCH_CHECK(absl::IsDataLoss(result.status()));
    CATCH_CHECK(f.Index().rebuilt);
    CATCH_CHECK(!f.SearchText("violin").hits.empty());
    CATCH_CHECK(f.collection->Ledger()->health.ok());
  }
}

CATCH_TEST_CASE("A lost index folder is noticed and healed") {
  Fixture f;
  f.WritePages(2);
  f.Index();
  f.collection.reset();
  f.engine.reset();
  fs::remove_all(f.data.File("collections/1"));
  f.Reopen();
  SearchQuery query;
  query.text = "violin";
  CATCH_CHECK(absl::IsDataLoss(RunSync(f.collection->Search(query)).status()));
  CATCH_CHECK(f.Index().rebuilt);
  CATCH_CHECK(!f.SearchText("violin").hits.empty());
}

}  // namespace
}  // namespace seekd
