// Collections of a model that ships codebooks.
#include <memory>
#include <string>
#include <utility>

#include "core/collection/collection.h"
#include "core/collection/engine.h"
#include "core/collection/run_sync.h"
#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/temp_folder.h"
#include "tests/support/trained_codebooks.h"

namespace seekd {
namespace {

using testing::FakeBackend;
using testing::TempFolder;

struct Fixture {
  Fixture() {
    backend.set_codebooks(testing::TrainedCodebooks(models.File("first"), 32, 1));
    Open();
    collection = *engine->Create("test");
  }

  void Open() {
    engine.reset();
    CollectionOptions options;
    options.threads = 2;
    auto opened = Engine::Open(data.path(), &backend, options);
    CATCH_REQUIRE(opened.status() == absl::OkStatus());
    engine = *std::move(opened);
  }
  void Reopen() {
    collection.reset();
    Open();
    collection = *engine->Find("test");
  }

  // Pages of about 2 kB.
  void WritePages(int per_topic) const {
    for (const std::string topic : {"walrus", "glacier", "tractor", "violin", "harbour"}) {
      for (int page = 0; page < per_topic; ++page) {
        std::string text = "# About the " + topic + "\n\n";
        for (int i = 0; i < 30; ++i) {
          text += "The " + topic + " number " + std::to_string(page) + " has a story of " +
                  std::to_string(i * 7 + page) + " days that nobody remembers.";
          text += i % 5 == 4 ? "\n\n" : " ";
        }
        files.Write(topic + "/" + std::to_string(page) + ".md", text);
      }
    }
  }
  bool Index() {
    const auto report = collection->IndexFolder(files.path(), nullptr, nullptr);
    CATCH_REQUIRE(report.status() == absl::OkStatus());
    return report->rebuilt;
  }
  CollectionLedger Ledger() const { return collection->Ledger().value(); }
  void CheckFindsViolins() {
    SearchQuery query;
    query.text = "story of the violin";
    query.options.top_k = 5;
    const auto result = RunSync(collection->Search(std::move(query)));
    CATCH_REQUIRE(result.status() == absl::OkStatus());
    CATCH_CHECK(result->hits.size() == 5);
    for (const Hit& hit : result->hits) {
      CATCH_CHECK(hit.document_id.find("/violin/") != std::string::npos);
    }
  }

  TempFolder data;
  TempFolder files;
  TempFolder models;
  FakeBackend backend;
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Collection> collection;
};

CATCH_TEST_CASE("A folder of 60 kB keeps within its share") {
  Fixture f;
  f.WritePages(6);
  CATCH_CHECK(f.Index());
  const CollectionLedger ledger = f.Ledger();
  CATCH_INFO(ledger.chunks << " chunks of " << ledger.text_bytes << " bytes, index "
                           << ledger.index_bytes);
  CATCH_REQUIRE(ledger.text_bytes > 50'000);
  CATCH_REQUIRE(ledger.text_bytes < 70'000);
  CATCH_CHECK(ledger.codebook_is_shared);
  CATCH_CHECK(static_cast<double>(ledger.index_bytes) <=
              0.05 * static_cast<double>(ledger.text_bytes));
  f.CheckFindsViolins();
}

CATCH_TEST_CASE("Codes by codebooks that the model no longer has wait for the next index run") {
  Fixture f;
  f.WritePages(6);
  f.Index();
  for (const bool any : {true, false}) {
    f.backend.set_codebooks(any ? testing::TrainedCodebooks(f.models.File("second"), 32, 2)
                                : nullptr);
    f.Reopen();
    const absl::Status health = f.Ledger().health;
    CATCH_CHECK(absl::IsFailedPrecondition(health));
    CATCH_CHECK(health.message().find("Index again") != std::string::npos);
    CATCH_CHECK(f.Index());
    CATCH_CHECK(f.Ledger().health.ok());
    CATCH_CHECK(f.Ledger().codebook_is_shared == any);
    f.CheckFindsViolins();
  }
}

}  // namespace
}  // namespace seekd
