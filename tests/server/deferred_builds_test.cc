#include "server/deferred_builds.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/fake_backend.h"
#include "tests/support/temp_folder.h"

namespace seekd {
namespace {

using testing::FakeBackend;
using testing::TempFolder;

constexpr std::chrono::hours kNever{1};

// Deferred chunks in two collections, and none in a third.
struct Fixture {
  Fixture() {
    CollectionOptions options;
    options.max_pending_bytes = 0;
    engine = *Engine::Open(data.path(), &backend, options);
    for (const std::string name : {"a", "b"}) {
      const auto collection = *engine->Create(name);
      const NewDocument note{"note", "", "text/plain", "Boil the pepper slowly, " + name + ".", 0};
      CATCH_REQUIRE(collection->AddDocuments({note}, nullptr).ok());
    }
    CATCH_REQUIRE(engine->Create("empty").ok());
    CATCH_REQUIRE(Deferred() == 2);
  }
  uint64_t Deferred() const {
    uint64_t sum = 0;
    for (const auto& collection : engine->List()) sum += collection->Ledger()->deferred;
    return sum;
  }

  TempFolder data;
  FakeBackend backend;
  std::unique_ptr<Engine> engine;
};

CATCH_TEST_CASE("what is deferred at the start is built in the background") {
  const Fixture f;
  const DeferredBuilds builds(f.engine.get(), kNever);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (f.Deferred() > 0 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  CATCH_CHECK(f.Deferred() == 0);
  CATCH_CHECK((*f.engine->Find("b"))->Ledger()->nodes == 1);
}

CATCH_TEST_CASE("background builds end with their owner") {
  const Fixture f;
  for (int i = 0; i < 20; ++i) const DeferredBuilds builds(f.engine.get(), kNever);
  CATCH_CHECK(f.Deferred() <= 2);
}

}  // namespace
}  // namespace seekd
