// Chunks for which the pending buffer has no room: committed, embedded by the build that
// follows, never lost and never silently left unsearchable.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/collection/engine.h"
#include "core/collection/run_sync.h"
#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/rounds.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

namespace fs = std::filesystem;
using testing::FakeBackend;
using testing::TempFolder;

constexpr uint32_t kDim = 32;
constexpr uint64_t kRoom = 40;  // chunks
constexpr int kPages = 60;      // of at least two chunks

// FakeBackend, and a call before each recomputation.
class WatchedBackend final : public EmbeddingBackend {
 public:
  const ModelInfo& model() const override { return fake_.model(); }
  const Tokenizer& tokenizer() const override { return fake_.tokenizer(); }
  InputEncoder& encoder() override { return fake_.encoder(); }
  std::unique_ptr<EmbeddingSource> OpenSource(const CollectionStore& store) override {
    return std::make_unique<Source>(this, fake_.OpenSource(store));
  }
  uint64_t rows_encoded() { return fake_.fake_encoder().rows_encoded(); }

  std::function<void()> before_fetch;

 private:
  class Source final : public EmbeddingSource {
   public:
    Source(WatchedBackend* backend, std::unique_ptr<EmbeddingSource> behind)
        : backend_(backend), behind_(std::move(behind)) {}
    uint32_t dim() const override { return behind_->dim(); }
    asio::awaitable<absl::StatusOr<EmbeddingRows>> Fetch(std::vector<ChunkId> ids,
                                                         EncodeOptions options) override {
      if (backend_->before_fetch) backend_->before_fetch();
      return behind_->Fetch(std::move(ids), std::move(options));
    }

   private:
    WatchedBackend* const backend_;
    const std::unique_ptr<EmbeddingSource> behind_;
  };

  FakeBackend fake_{kDim};
};

CollectionOptions SmallBuffer(uint64_t rows = kRoom) {
  CollectionOptions options;
  options.threads = 2;
  options.max_pending_bytes = rows * PendingSet::RowBytes(kDim);
  return options;
}

std::string Page(int number) {
  std::string text = "# About page " + std::to_string(number) + "\n\n";
  for (int i = 0; i < 40; ++i) {
    text += "The walrus number " + std::to_string(number) + " has a story of " +
            std::to_string(i * 7 + number) + " days that nobody remembers.";
    text += i % 5 == 4 ? "\n\n" : " ";
  }
  return text;
}

struct Fixture {
  Fixture() {
    Open(SmallBuffer());
    collection = *engine->Create("test");
  }
  void Close() {
    collection.reset();
    engine.reset();
  }
  void Open(const CollectionOptions& options) {
    Close();
    auto opened = Engine::Open(data.path(), &models, options);
    CATCH_REQUIRE(opened.status() == absl::OkStatus());
    engine = *std::move(opened);
  }
  void Reopen(const CollectionOptions& options = SmallBuffer()) {
    Open(options);
    collection = *engine->Find("test");
  }
  void WritePages(int first, int count) const {
    for (int i = first; i < first + count; ++i) {
      files.Write(std::to_string(i) + ".md", Page(i));
    }
  }
  absl::StatusOr<IndexReport> Index(const CancellationPtr& cancellation = nullptr,
                                    const IndexProgressFn& progress = nullptr) const {
    return collection->IndexFolder(files.path(), cancellation, progress);
  }
  CollectionLedger Ledger() const { return collection->Ledger().value(); }
  bool Finds(const std::string& text, const std::string& document) const {
    SearchQuery query;
    query.text = text;
    query.options.top_k = 3;
    const auto result = RunSync(collection->Search(std::move(query)));
    CATCH_REQUIRE(result.status() == absl::OkStatus());
    for (const Hit& hit : result->hits) {
      if (hit.document_id == document) return true;
    }
    return false;
  }
  void CheckAllIsIndexed() const {
    const CollectionLedger ledger = Ledger();
    CATCH_CHECK(ledger.health.ok());
    CATCH_CHECK(ledger.nodes == ledger.chunks);
    CATCH_CHECK((ledger.pending == 0 && ledger.deferred == 0));
    CATCH_CHECK(collection->store().Counts()->pending == 0);
    SearchQuery query;
    query.text = "a story of 59 days";
    query.options.top_k = 1000;
    query.options.strategy = Strategy::kBrute;
    CATCH_CHECK(RunSync(collection->Search(std::move(query)))->hits.size() ==
                std::min<uint64_t>(1000, ledger.chunks));
  }
  // A first run that is cancelled when its build begins.
  void LeaveDeferred() const {
    WritePages(0, kPages);
    auto cancellation = std::make_shared<Cancellation>();
    const auto report = Index(cancellation, [&](const IndexProgress& p) {
      if (p.phase == IndexPhase::kBuilding) cancellation->Cancel();
    });
    CATCH_REQUIRE(absl::IsCancelled(report.status()));
    CATCH_REQUIRE(Ledger().deferred > kRoom);
  }

  TempFolder data;
  TempFolder files;
  WatchedBackend backend;
  SingleModel models{&backend};
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Collection> collection;
};

CATCH_TEST_CASE("A first run keeps the pending buffer's budget and embeds each chunk once") {
  Fixture f;
  f.WritePages(0, kPages);
  bool looked = false;
  const auto report = f.Index(nullptr, [&](const IndexProgress& p) {
    const CollectionLedger ledger = f.Ledger();
    CATCH_CHECK(ledger.pending_bytes <= *SmallBuffer().max_pending_bytes);
    if (p.phase != IndexPhase::kBuilding || std::exchange(looked, true)) return;
    CATCH_CHECK(ledger.documents == kPages);
    CATCH_CHECK(ledger.pending + ledger.deferred == ledger.chunks);
    CATCH_CHECK(ledger.deferred >= ledger.chunks - kRoom);
  });
  CATCH_REQUIRE(report.ok());
  CATCH_CHECK(looked);
  const CollectionLedger ledger = f.Ledger();
  CATCH_CHECK(ledger.chunks > 2 * kRoom);
  CATCH_CHECK(report->chunks_embedded == ledger.chunks);
  // Each chunk, and a pseudo-query of each.
  CATCH_CHECK(f.backend.rows_encoded() <= 2 * ledger.chunks);
  f.CheckAllIsIndexed();
}

CATCH_TEST_CASE(
    "What a cancelled run left deferred is counted, kept, and built in the background") {
  Fixture f;
  f.LeaveDeferred();
  const CollectionLedger left = f.Ledger();
  CATCH_CHECK(left.documents == kPages);
  CATCH_CHECK(left.pending + left.deferred == left.chunks);
  f.Reopen();
  CATCH_CHECK(f.Ledger().health.ok());
  CATCH_CHECK(f.Ledger().deferred == left.deferred);
  CATCH_CHECK(f.Ledger().pending == left.pending);
  CATCH_CHECK(*f.collection->BuildDeferred(std::make_shared<Cancellation>()));
  f.CheckAllIsIndexed();
  CATCH_CHECK_FALSE(*f.collection->BuildDeferred(std::make_shared<Cancellation>()));
  CATCH_CHECK(f.Index()->unchanged == kPages);
}

CATCH_TEST_CASE("A run cancelled while it reads goes on with the next") {
  Fixture f;
  f.WritePages(0, kPages);
  auto cancellation = std::make_shared<Cancellation>();
  const auto cancelled = f.Index(cancellation, [&](const IndexProgress& p) {
    if (p.chunks_embedded > 0) cancellation->Cancel();
  });
  CATCH_REQUIRE(absl::IsCancelled(cancelled.status()));
  f.Reopen();
  const auto report = f.Index();
  CATCH_REQUIRE(report.status() == absl::OkStatus());
  CATCH_CHECK(report->rebuilt);
  CATCH_CHECK(report->added + report->unchanged == kPages);
  f.CheckAllIsIndexed();
}

CATCH_TEST_CASE("A crash after publishing leaves nothing deferred") {
  Fixture f;
  f.LeaveDeferred();
  f.Close();
  const TempFolder before;
  constexpr auto kTree = fs::copy_options::recursive | fs::copy_options::overwrite_existing;
  fs::copy(f.data.File("store"), before.File("store"), kTree);
  f.Reopen();
  CATCH_REQUIRE(*f.collection->Optimize(/*force=*/false, nullptr, nullptr));
  f.Close();
  // The generation is published, and the store has not forgotten what waited for it.
  fs::remove_all(f.data.File("store"));
  fs::copy(before.File("store"), f.data.File("store"), kTree);
  f.Reopen();
  const CollectionLedger ledger = f.Ledger();
  CATCH_CHECK((ledger.pending == 0 && ledger.deferred == 0 && ledger.nodes == ledger.chunks));
  CATCH_CHECK_FALSE(f.Index()->rebuilt);
  const NewDocument note{"note", "", "text/plain", "Boil the pepper slowly.", 0};
  CATCH_REQUIRE(f.collection->AddDocuments({note}, nullptr).ok());
  CATCH_CHECK(*f.collection->Optimize(/*force=*/true, nullptr, nullptr));
  f.CheckAllIsIndexed();
}

CATCH_TEST_CASE("Documents added to a full buffer are found after Optimize, which is due") {
  Fixture f;
  f.Reopen(SmallBuffer(0));
  const NewDocument note{"note", "", "text/plain", "Boil the pepper slowly.", 0};
  CATCH_REQUIRE(f.collection->AddDocuments({note}, nullptr).ok());
  CATCH_CHECK(f.Ledger().deferred == 1);
  CATCH_CHECK_FALSE(f.Finds("pepper", "note"));
  CATCH_CHECK(*f.collection->Optimize(/*force=*/false, nullptr, nullptr));
  CATCH_CHECK(f.Finds("pepper", "note"));
  f.CheckAllIsIndexed();
  // Known chunks are not deferred again.
  NewDocument copy = note;
  copy.id = "copy";
  CATCH_REQUIRE(f.collection->AddDocuments({copy}, nullptr).ok());
  CATCH_CHECK(f.Ledger().deferred == 0);
}

CATCH_TEST_CASE("A smaller buffer hides nothing that was searchable") {
  Fixture f;
  const NewDocument note{"note", "", "text/plain", "Boil the pepper slowly.", 0};
  CATCH_REQUIRE(f.collection->AddDocuments({note}, nullptr).ok());
  f.Reopen(SmallBuffer(0));
  CATCH_CHECK(f.Ledger().pending == 1);
  CATCH_CHECK(f.Finds("pepper", "note"));
}

CATCH_TEST_CASE("The background build gives way to a writer that builds") {
  Fixture f;
  f.LeaveDeferred();
  bool asked = false;
  f.WritePages(kPages, 1);
  std::future<absl::StatusOr<IndexReport>> writer;
  auto background = std::make_shared<Cancellation>();
  f.backend.before_fetch = [&] {
    if (std::exchange(asked, true)) return;
    writer = std::async(std::launch::async, [&f] { return f.Index(); });
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!background->cancelled() && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
  };
  const auto built = f.collection->BuildDeferred(background);
  CATCH_CHECK(absl::IsCancelled(built.status()));
  CATCH_REQUIRE(asked);
  const auto report = writer.get();
  CATCH_REQUIRE(report.status() == absl::OkStatus());
  CATCH_CHECK(report->rebuilt);
  f.backend.before_fetch = nullptr;
  f.CheckAllIsIndexed();

  // While one works, the background does not begin.
  f.WritePages(kPages + 1, 2 * kPages);
  bool looked = false;
  const auto busy = f.Index(nullptr, [&](const IndexProgress& p) {
    if (p.phase != IndexPhase::kBuilding || std::exchange(looked, true)) return;
    CATCH_CHECK(f.Ledger().deferred > 0);
    auto attempt = std::async(std::launch::async, [&f] {
      return f.collection->BuildDeferred(std::make_shared<Cancellation>());
    });
    CATCH_CHECK_FALSE(*attempt.get());
  });
  CATCH_REQUIRE(busy.ok());
  CATCH_CHECK(looked);
}

CATCH_TEST_CASE("Whatever the budgets and the interruptions: they are kept, nothing is lost") {
  std::mt19937_64 random(5);
  uint64_t in_shards = 0;
  constexpr int kRounds = testing::Rounds(5);
  for (int round = 0; round < kRounds; ++round) {
    Fixture f;
    CollectionOptions options;
    options.threads = 1;
    options.max_build_bytes = 130'000 + random() % 80'000;
    options.max_pending_bytes = random() % (options.max_build_bytes / 4);
    CATCH_CAPTURE(round, options.max_build_bytes, *options.max_pending_bytes);
    f.Reopen(options);
    f.WritePages(0, 5 * kPages);
    absl::StatusOr<IndexReport> report = absl::UnknownError("not indexed");
    for (uint64_t attempt = 1; !report.ok(); ++attempt) {
      CATCH_REQUIRE(attempt < 30);
      auto cancellation = std::make_shared<Cancellation>();
      uint64_t left = random() % (uint64_t{8} << attempt);
      f.backend.before_fetch = [&] {
        if (left-- == 0) cancellation->Cancel();
      };
      report = f.Index(cancellation);
      const CollectionLedger ledger = f.Ledger();
      CATCH_REQUIRE(ledger.pending_bytes <= *options.max_pending_bytes);
      CATCH_REQUIRE(ledger.pending + ledger.deferred + ledger.nodes == ledger.chunks);
      if (!report.ok()) CATCH_REQUIRE(absl::IsCancelled(report.status()));
      if (random() % 2 == 0) f.Reopen(options);
    }
    f.backend.before_fetch = nullptr;
    f.CheckAllIsIndexed();
    const CollectionLedger ledger = f.Ledger();
    CATCH_CHECK(ledger.documents == 5 * kPages);
    CATCH_CHECK(ledger.build_embedding_bytes <= options.max_build_bytes);
    CATCH_CHECK(ledger.build_recomputed >= ledger.chunks - *options.max_pending_bytes / 72);
    in_shards += ledger.build_shards > 1 ? 1 : 0;
  }
  CATCH_CHECK(in_shards >= kRounds / 2);
}

CATCH_TEST_CASE("A pending buffer of more than a quarter of the build's budget is refused") {
  CollectionOptions options;
  CATCH_CHECK(options.PendingBudget() == uint64_t{64} << 20);
  options.max_build_bytes = 1 << 20;
  CATCH_CHECK(options.PendingBudget() == uint64_t{64} << 10);
  options.max_pending_bytes = 1 << 18;
  CATCH_CHECK(options.Validate().ok());
  options.max_pending_bytes = (1 << 18) + 1;
  const absl::Status refused = options.Validate();
  CATCH_CHECK(absl::IsInvalidArgument(refused));
  CATCH_CHECK(refused.message().find("max_pending_bytes") != std::string::npos);
}

}  // namespace
}  // namespace seekd
