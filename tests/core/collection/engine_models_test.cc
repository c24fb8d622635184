// Collections that move to another model, and those whose model is not there.
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
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

constexpr int kPages = 200;
constexpr uint32_t kSmallLimit = 100;  // tokens, fewer than a chunk of the first model has

std::string Page(int number) {
  std::string text = "# About page " + std::to_string(number) + "\n\n";
  for (int i = 0; i < 30; ++i) {
    text += "The walrus number " + std::to_string(number) + " has a story of " +
            std::to_string(i * 7 + number) + " days that nobody remembers.";
    text += i % 5 == 4 ? "\n\n" : " ";
  }
  return text;
}

struct Fixture {
  Fixture() {
    small.set_id("small");
    small.set_fingerprint("small-fingerprint");
    third.set_id("third");
    third.set_fingerprint("third-fingerprint");
    backend.AddModel(&small);
    backend.AddModel(&third);
    for (int i = 0; i < kPages; ++i) files.Write(std::to_string(i) + ".md", Page(i));
    Open(&backend);
    CATCH_REQUIRE(engine->Create("test").ok());
  }
  void Open(ModelProvider* models) {
    engine.reset();
    CollectionOptions options;
    options.threads = 2;
    auto opened = Engine::Open(data.path(), models, options);
    CATCH_REQUIRE(opened.status() == absl::OkStatus());
    engine = *std::move(opened);
  }
  IndexReport Index() {
    auto report = collection()->IndexFolder(files.path(), nullptr, nullptr);
    CATCH_REQUIRE(report.status() == absl::OkStatus());
    return *report;
  }
  std::shared_ptr<Collection> collection() { return *engine->Find("test"); }
  absl::StatusOr<IndexReport> Use(const std::string& model, const CancellationPtr& cancel = nullptr,
                                  const IndexProgressFn& progress = nullptr) {
    return engine->UseModel("test", model, cancel, progress);
  }
  absl::StatusOr<QueryResult> Search(const std::string& text) {
    SearchQuery query;
    query.text = text;
    query.options.top_k = 5;
    return RunSync(collection()->Search(std::move(query)));
  }
  // The page's own sentence is found in it.
  void CheckSearches() {
    for (int i = 0; i < kPages; i += 37) {
      const auto result = Search("The walrus number " + std::to_string(i) + " has a story of days");
      CATCH_REQUIRE(result.status() == absl::OkStatus());
      CATCH_REQUIRE(!result->hits.empty());
    }
  }
  size_t CollectionFolders() const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(data.path()) / "collections")) {
      count += entry.is_directory() ? 1 : 0;
    }
    return count;
  }

  TempFolder data;
  TempFolder files;
  FakeBackend backend{32};
  FakeBackend small{48, kSmallLimit};
  FakeBackend third{16};
  std::unique_ptr<Engine> engine;
};

std::vector<DocumentRecord> Documents(const Collection& collection) {
  return *collection.store().ListDocuments("", "", 10 * kPages);
}

// The same documents: what stands in them and what they come from.
void CheckSame(const Collection& before, const std::vector<DocumentRecord>& documents,
               const Collection& after) {
  const std::vector<DocumentRecord> moved = Documents(after);
  CATCH_REQUIRE(moved.size() == documents.size());
  for (size_t i = 0; i < moved.size(); ++i) {
    CATCH_CHECK(moved[i].id == documents[i].id);
    CATCH_CHECK(moved[i].title == documents[i].title);
    CATCH_CHECK(moved[i].source == documents[i].source);
    CATCH_CHECK(*after.store().GetDocumentText(moved[i].id) ==
                *before.store().GetDocumentText(documents[i].id));
  }
}

CATCH_TEST_CASE("A collection moves to another model, its text and settings with it") {
  Fixture f;
  f.Index();
  CollectionSettings settings;
  settings.max_index_share = 0.25;
  CATCH_REQUIRE(f.collection()->UpdateSettings([&](auto* old) { *old = settings; }).ok());
  std::vector<std::string> texts;
  const std::vector<DocumentRecord> documents = Documents(*f.collection());
  for (const DocumentRecord& document : documents) {
    texts.push_back(*f.collection()->store().GetDocumentText(document.id));
  }
  const uint64_t chunks_before = f.collection()->Ledger()->chunks;

  const auto report = f.Use("small");
  CATCH_REQUIRE(report.status() == absl::OkStatus());
  CATCH_CHECK(report->added == kPages);
  CATCH_CHECK(report->rebuilt);
  const auto check = [&] {
    const std::shared_ptr<Collection> moved = f.collection();
    const CollectionLedger ledger = *moved->Ledger();
    CATCH_CHECK(ledger.model_id == "small");
    CATCH_CHECK(ledger.settings == settings);
    CATCH_CHECK(ledger.roots == std::vector<std::string>{f.files.path()});
    CATCH_CHECK(ledger.documents == kPages);
    CATCH_CHECK(ledger.chunks > chunks_before);  // cut for the smaller model
    CATCH_CHECK(ledger.nodes == ledger.chunks);
    const std::vector<DocumentRecord> now = Documents(*moved);
    for (size_t i = 0; i < now.size(); ++i) {
      CATCH_CHECK(*moved->store().GetDocumentText(now[i].id) == texts[i]);
      CATCH_CHECK(now[i].chunks.front().line_begin == documents[i].chunks.front().line_begin);
      CATCH_CHECK(now[i].chunks.back().line_end == documents[i].chunks.back().line_end);
      for (const ChunkPlacement& placed : now[i].chunks) {
        const auto text = *moved->store().GetChunks(std::vector{placed.chunk});
        CATCH_CHECK(f.small.tokenizer().CountTokens(
                        EmbeddingInput("", text[0]->context, text[0]->text)) <= kSmallLimit);
      }
    }
    f.CheckSearches();
  };
  check();
  CATCH_CHECK(f.CollectionFolders() == 1);
  f.Open(&f.backend);
  check();
  // Its files are known and its index is built by its settings: nothing is to be done.
  const IndexReport again = f.Index();
  CATCH_CHECK(again.unchanged == kPages);
  CATCH_CHECK(!again.rebuilt);
  // There already.
  CATCH_CHECK(f.Use("small")->unchanged == kPages);
}

CATCH_TEST_CASE("Searches go on in the old index while a collection moves") {
  Fixture f;
  f.Index();
  int searches = 0;
  const auto report = f.Use("small", nullptr, [&](const IndexProgress&) {
    CATCH_CHECK(f.Search("The walrus number 7").ok());
    CATCH_CHECK(f.collection()->Ledger()->model_id == "fake");
    ++searches;
  });
  CATCH_REQUIRE(report.status() == absl::OkStatus());
  CATCH_CHECK(searches > 0);
}

CATCH_TEST_CASE("A move that was interrupted goes on where it stopped") {
  Fixture f;
  f.Index();
  const std::vector<DocumentRecord> documents = Documents(*f.collection());
  const auto stop_in = [&](IndexPhase phase) {
    auto cancel = std::make_shared<Cancellation>();
    const auto report = f.Use("small", cancel, [&](const IndexProgress& progress) {
      if (progress.phase == phase) cancel->Cancel();
    });
    CATCH_CHECK(absl::IsCancelled(report.status()));
    CATCH_CHECK(f.collection()->Ledger()->model_id == "fake");
    f.CheckSearches();
  };
  stop_in(IndexPhase::kReading);
  f.Open(&f.backend);  // as after a crash: the successor waits
  stop_in(IndexPhase::kBuilding);
  // What changes meanwhile is not lost.
  CATCH_REQUIRE(f.collection()->DeleteDocuments({documents[3].id}).ok());
  std::shared_ptr<Collection> before = f.collection();
  std::vector<DocumentRecord> left = documents;
  left.erase(left.begin() + 3);
  std::thread move([&] {
    const auto report = f.Use("small");
    CATCH_CHECK(report.status() == absl::OkStatus());
    CATCH_CHECK(report->unchanged == kPages - 1);
    CATCH_CHECK(report->deleted == 1);
  });
  while (f.collection() == before) std::this_thread::yield();
  CheckSame(*before, left, *f.collection());
  // A writer that still holds the old one is told.
  CATCH_CHECK(absl::IsAborted(before->DeleteDocuments({documents[0].id})));
  CATCH_CHECK(absl::IsAborted(before->UpdateSettings([](auto*) {})));
  before.reset();
  move.join();
  CATCH_CHECK(f.CollectionFolders() == 1);
}

CATCH_TEST_CASE("Another model gives up what was made for the one before") {
  Fixture f;
  f.Index();
  auto cancel = std::make_shared<Cancellation>();
  cancel->Cancel();
  CATCH_CHECK(absl::IsCancelled(f.Use("small", cancel).status()));
  CATCH_CHECK(f.CollectionFolders() == 2);
  CATCH_CHECK(f.Use("third")->added == kPages);
  CATCH_CHECK(f.CollectionFolders() == 1);
  CATCH_CHECK(f.collection()->Ledger()->model_id == "third");
  CATCH_CHECK(absl::IsNotFound(f.Use("fourth").status()));
}

CATCH_TEST_CASE("A move goes on under the name that the model has by then") {
  Fixture f;
  f.Index();
  auto cancel = std::make_shared<Cancellation>();
  CATCH_CHECK(absl::IsCancelled(f.Use("small", cancel, [&](const IndexProgress& progress) {
                                   if (progress.files_done > 0) cancel->Cancel();
                                 }).status()));
  f.small.set_id("renamed");
  const auto report = f.Use("renamed");
  CATCH_REQUIRE(report.status() == absl::OkStatus());
  CATCH_CHECK(report->moved);
  CATCH_CHECK(f.collection()->Ledger()->model_id == "renamed");
  f.Open(&f.backend);
  CATCH_CHECK(f.collection()->Ledger()->health.ok());
}

CATCH_TEST_CASE("A deleted collection leaves no successor") {
  Fixture f;
  f.Index();
  auto cancel = std::make_shared<Cancellation>();
  cancel->Cancel();
  CATCH_CHECK(absl::IsCancelled(f.Use("small", cancel).status()));
  CATCH_REQUIRE(f.engine->Delete("test").ok());
  CATCH_CHECK(f.CollectionFolders() == 0);
  CATCH_CHECK(absl::IsNotFound(f.Use("small").status()));
  CATCH_CHECK(f.engine->Create("test").ok());
}

CATCH_TEST_CASE("A collection whose model is not there says so, keeps its text, and can move") {
  Fixture f;
  f.Index();
  FakeBackend other(24);
  other.set_id("other");
  other.set_fingerprint("other-fingerprint");
  f.Open(&other);
  const std::shared_ptr<Collection> collection = f.collection();
  const CollectionLedger ledger = *collection->Ledger();
  CATCH_CHECK(absl::IsFailedPrecondition(ledger.health));
  CATCH_CHECK(ledger.health.message().find("fake-fingerprint") != std::string::npos);
  CATCH_CHECK(absl::IsFailedPrecondition(f.Search("walrus").status()));
  CATCH_CHECK(absl::IsFailedPrecondition(
      collection->IndexFolder(f.files.path(), nullptr, nullptr).status()));
  CATCH_CHECK(collection->store().GetDocumentText(Documents(*collection)[0].id).ok());

  CATCH_SECTION("to a model that is here") {
    CATCH_CHECK(f.Use("other")->added == kPages);
    f.CheckSearches();
  }
  CATCH_SECTION("or waits for its own") {
    CATCH_REQUIRE(f.engine->ReopenAbsent().ok());
    CATCH_CHECK(absl::IsFailedPrecondition(f.Search("walrus").status()));
    other.AddModel(&f.backend);
    CATCH_REQUIRE(f.engine->ReopenAbsent().ok());
    f.CheckSearches();
    CATCH_CHECK(f.Index().unchanged == kPages);
  }
}

CATCH_TEST_CASE("The same model under another name is not moved to, but named") {
  Fixture f;
  f.Index();
  FakeBackend twin;
  twin.set_id("twin");
  f.backend.AddModel(&twin);
  CATCH_SECTION("while the old name is there") { CATCH_CHECK(f.Use("twin")->unchanged == kPages); }
  CATCH_SECTION("when the old name is gone") {
    FakeBackend other(24);
    other.set_id("other");
    other.set_fingerprint("other-fingerprint");
    f.Open(&other);
    CATCH_CHECK(absl::IsFailedPrecondition(f.collection()->Ledger()->health));
    other.AddModel(&twin);
    CATCH_CHECK(f.Use("twin")->unchanged == kPages);
    CATCH_CHECK(f.collection()->Ledger()->health.ok());
    f.CheckSearches();
    f.engine.reset();  // before the models
  }
  if (f.engine != nullptr) {
    CATCH_CHECK(f.collection()->Ledger()->model_id == "twin");
    CATCH_CHECK(f.CollectionFolders() == 1);
    f.CheckSearches();
    f.engine.reset();
  }
}

CATCH_TEST_CASE("A model of the same name and other content is not the collection's") {
  Fixture f;
  FakeBackend other;
  other.set_fingerprint("another");
  f.Open(&other);
  const absl::Status health = f.collection()->Ledger()->health;
  CATCH_REQUIRE(absl::IsFailedPrecondition(health));
  CATCH_CHECK(health.message().find("another") != std::string::npos);
}

}  // namespace
}  // namespace seekd
